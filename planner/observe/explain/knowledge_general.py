"""Per-CPU words of other subsystems, and the plain ENOMEM of user space: what is left when nothing more specific speaks."""

from planner.observe.explain.model import Cause, Clue, Entry

_WORKS = "dmesg: percpu: allocation failed, page allocation failure, vmap allocation"

ENTRIES = (
    Entry(
        key="percpu-ref-underflow",
        title="A percpu_ref was dropped more often than taken",
        involves="other",
        patterns=(r"percpu ref \(\S{1,128}\) <= 0 \(-?\d{1,20}\) after switching to atomic",),
        needles=("after switching to atomic",),
        said_by="lib/percpu-refcount.c:percpu_ref_switch_to_atomic_rcu",
        versions="3.16 and later",
        means="The sum over all CPUs of a reference count is not above zero when it is switched to one shared counter: "
        "some code "
        "put a reference that it did not hold. The name in brackets is the release function and tells whose count it is.",
        not_means="No memory is short; the per-CPU allocator is not involved.",
        causes=(
            Cause(
                key="refcount-bug",
                text="A bug in the user of the count (block layer, cgroup, io_uring, md …), or memory corruption.",
                weight=2,
            ),
        ),
        look=("the release function in brackets", "a newer stable kernel of that series"),
        sources=("lib/percpu-refcount.c",),
    ),
    Entry(
        key="this-cpu-preemptible",
        title="A per-CPU variable was used where the task may move to another CPU",
        involves="other",
        patterns=(r"BUG: using (?:__this_cpu_\w{1,40}|smp_processor_id)\(\) in preemptible",),
        needles=("in preemptible",),
        said_by="lib/smp_processor_id.c:check_preemption_disabled (CONFIG_DEBUG_PREEMPT)",
        versions="all with CONFIG_DEBUG_PREEMPT",
        means="Code read or changed this CPU's copy without keeping preemption off: a debugging check.",
        not_means="No memory is short.",
        causes=(Cause(key="driver-bug", text="A bug in the function that the stack names.", weight=2),),
        look=("the first function of the stack after the check",),
        sources=("lib/smp_processor_id.c",),
    ),
    Entry(
        key="fork-enomem",
        title="fork: Cannot allocate memory",
        involves="allocator",
        patterns=(
            (
                r"(?:\bfork\b|\bvfork\b|[Ff]ailed to fork|\bclone\(?\)?|posix_spawn).{0,120}(?:Cannot allocate memory"
                r"|ENOMEM)"
            ),
            r"fork/exec \S{1,200}: cannot allocate memory",
        ),
        needles=("fork", "clone", "posix_spawn"),
        said_by="user space, from -ENOMEM of fork, clone or exec",
        versions="all; per-CPU memory takes part from 6.2 on",
        means="A new process got no memory: page tables, a stack, or (6.2 and later) the per-CPU counters of its memory "
        "descriptor.",
        not_means=(
            "free(1) does not show what is missing when it is a limit, address space for stacks, or a per-CPU chunk."
        ),
        causes=(
            Cause(
                key="overcommit-or-limit",
                text="vm.overcommit_memory=2, or the memory limit of the cgroup.",
                weight=2,
                look=("CommitLimit and Committed_AS in /proc/meminfo; memory.max and memory.events of the cgroup",),
            ),
            Cause(
                key="percpu-exhausted",
                text="The counters of the new memory descriptor found no per-CPU space.",
                weight=1,
                since="6.2",
                clue=Clue(words=r"percpu: allocation failed"),
            ),
        ),
        look=(_WORKS,),
        sources=("kernel/fork.c:mm_init",),
    ),
    Entry(
        key="tun-enomem",
        title="A tun or tap device cannot be made: Cannot allocate memory",
        involves="allocator",
        patterns=(r"(?:TUNSETIFF|/dev/net/tun|tun/tap|TUN/TAP).{0,160}(?:[Cc]annot allocate memory|ENOMEM|errno=12)",),
        needles=("tunsetiff", "/dev/net/tun", "tun/tap"),
        said_by="user space (OpenVPN, QEMU), from -ENOMEM of ioctl(TUNSETIFF)",
        versions="all",
        means="The device or its statistics got no memory: 300 to 500 bytes on each possible CPU, and a queue.",
        causes=(
            Cause(
                key="percpu-exhausted",
                text="No per-CPU chunk.",
                weight=1,
                clue=Clue(words=(r"percpu: allocation failed")),
            ),
            Cause(
                key="fragmentation",
                text="An array for all queues needs contiguous pages.",
                weight=1,
                clue=Clue(words=r"page allocation failure"),
            ),
        ),
        look=(_WORKS,),
        sources=("drivers/net/tun.c",),
    ),
    Entry(
        key="mount-enomem",
        title="mount: Cannot allocate memory",
        involves="allocator",
        patterns=(r"\bmount\b.{0,200}[Cc]annot allocate memory",),
        needles=("mount",),
        said_by="user space, from -ENOMEM of mount(2) or fsconfig(2)",
        versions="all",
        means="The file system or the mount itself got no memory; every mount has a per-CPU counter, file systems have "
        "many (xfs 1 to 3 KB on each CPU).",
        causes=(
            Cause(
                key="percpu-exhausted",
                text="No per-CPU chunk.",
                weight=1,
                clue=Clue(words=(r"percpu: allocation failed")),
            ),
            Cause(key="journal-or-map", text="A large table of the file system itself (vmalloc on 32-bit).", weight=1),
        ),
        look=(_WORKS,),
        sources=("fs/namespace.c:alloc_vfsmnt",),
    ),
    Entry(
        key="enomem",
        title="Cannot allocate memory (ENOMEM), with no kernel line",
        involves="other",
        patterns=(r"[Cc]annot allocate memory", r"\bENOMEM\b", r"\bOut of memory\b"),
        needles=("cannot allocate memory", "enomem", "out of memory"),
        said_by="user space, from -ENOMEM of a system call: any allocation behind it",
        versions="all",
        means="Something in the kernel refused memory. Which allocation it was, the text does not tell.",
        not_means=(
            "Free memory in free(1) proves nothing: per-CPU chunks need address space and pages on every possible "
            "CPU, and some refusals are silent by design."
        ),
        causes=(
            Cause(
                key="silent-percpu",
                text="A silent refusal of per-CPU memory: BPF (asks with __GFP_NOWARN), atomic requests up to 6.5, a "
                "memory cgroup's limit (5.9 and later), "
                "or simply the eleventh failure since boot.",
                weight=2,
                look=(
                    (
                        "planner record while it happens, then planner replay: percpu_alloc_percpu_fail shows size and "
                        "align"
                    ),
                ),
            ),
            Cause(
                key="fragmentation",
                text="A large contiguous block: then dmesg has a page allocation failure.",
                weight=1,
                clue=Clue(words=r"page allocation failure"),
            ),
            Cause(
                key="limits",
                text="A limit of the process or of its cgroup (RLIMIT_AS, RLIMIT_MEMLOCK, memory.max, overcommit).",
                weight=1,
            ),
        ),
        look=(_WORKS, "strace -f: which system call returned it"),
        sources=("include/uapi/asm-generic/errno-base.h",),
    ),
)
