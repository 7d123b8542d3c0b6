/* Source of small.ko and small.btf:
 * gcc -c -O1 -gbtf -o small.ko small.c && objcopy -O binary --only-section=.BTF --set-section-flags .BTF=alloc small.ko small.btf && strip -g small.ko
 * What planner must find is written out in test_module_elf.py and test_btf.py by hand. */
#define PERCPU __attribute__((section(".data..percpu"), used))
struct plain { char c; long l; int i; };
struct bits { unsigned a : 3, b : 29; unsigned long d; };
struct lined { int a; int b __attribute__((aligned(64))); };
union either { char c[5]; short s; };
struct nested { struct plain p[3]; union either e; struct lined *next; };
typedef struct { short s; } hidden;
struct packed { char c; int i; } __attribute__((packed));
struct padded { int a; } __attribute__((aligned(256)));
PERCPU struct plain small_plain;
PERCPU long small_counters[25];
PERCPU struct lined small_lined;
static PERCPU char small_flag;
struct nested small_nested; struct bits small_bits; hidden small_hidden; struct packed small_packed; struct padded small_padded; union either small_either;
const char small_info[] __attribute__((section(".modinfo"), used)) = "license=GPL\0name=small\0vermagic=6.1.0-test SMP mod_unload";
