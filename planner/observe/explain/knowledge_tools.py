"""What profilers and tracers show, and crashes after a failed request."""

from planner.observe.explain.model import Cause, Clue, Entry

ENTRIES = (
    Entry(
        key="mm-counters-hot",
        title="The allocator is hot in fork, exec and exit",
        involves="cost",
        patterns=(
            (
                r"\d{1,3}\.\d{1,2}%.{0,120}\b(?:pcpu_alloc\w*|free_percpu|pcpu_alloc_area|pcpu_free_area|__percpu_c"
                r"ounter_init\w*|percpu_counter_\w+|memset_erms.{0,40}pcpu)"
            ),
            (
                r"\b(?:pcpu[_ ]alloc\w*|percpu[_ ]counters?|rss_stat|pcpu_lock)\b.{0,200}\b(?:fork|exec|execve|mm_i"
                r"nit|scalab|system time|sys time|many cpus|contention)"
            ),
            (
                r"\b(?:fork|exec|execve|mm_init|scalab)\w*\b.{0,200}\b(?:pcpu[_ ]alloc\w*|percpu[_ ]counters?|rss_s"
                r"tat|pcpu_lock)"
            ),
        ),
        needles=("pcpu_", "percpu_counter", "rss_stat", "pcpu alloc", "percpu counter", "free_percpu"),
        said_by="profiles (perf): mm/percpu.c under kernel/fork.c:mm_init",
        versions="6.2 and later",
        means="Since 6.2 every new memory descriptor (each fork and exec) allocates its counters on all possible "
        "CPUs under the allocator's one lock and zeroes them; with many CPUs and short-lived "
        "processes that is a tenth of the system time.",
        not_means="Memory is not short: it is the rate, not the size.",
        causes=(
            Cause(
                key="mm-counters",
                text=(
                    "rss_stat percpu_counters in every mm: four allocations an mm in 6.2 to 6.5, one in 6.6 and "
                    "later (percpu_counter_init_many); mm_cid and futex references add to it."
                ),
                weight=3,
                since="6.2",
                change=(
                    "6.6 and later (one allocation instead of four: 39 % more execs on 26 cores)",
                    ("fewer possible CPUs"),
                    ("fewer short-lived processes: vfork/posix_spawn, builtins in scripts"),
                ),
            ),
        ),
        look=("perf record -e percpu:percpu_alloc_percpu -a sleep 1: calls a second",),
        sources=("kernel/fork.c:mm_init", "tag percpu-for-6.6 of dennis/percpu.git"),
    ),
    Entry(
        key="memleak-percpu",
        title="bcc memleak --percpu: outstanding allocations by stack",
        involves="cost",
        patterns=(
            r"(?P<bytes>\d{1,15}) bytes in (?P<count>\d{1,12}) allocations from stack",
            (r"memleak(?:-bpfcc|\.py)? .{0,40}--?percpu|memleak.{0,20}--percpu|-p(?:ercpu)? .{0,20}memleak"),
        ),
        needles=("allocations from stack", "memleak"),
        said_by="bcc memleak, from the percpu tracepoints",
        versions="4.14 and later",
        means=(
            "Bytes of live allocations by caller. They are bytes for one CPU: the memory is that times the "
            "possible CPUs."
        ),
        not_means=(
            "Not every outstanding allocation is a leak: it only shows what was allocated since tracing began and "
            "not freed yet."
        ),
        causes=(
            Cause(
                key="names-the-consumer",
                text="The stack with the largest total is the consumer to look at.",
                weight=2,
                look=(("run it longer: what grows without end is the leak"),),
            ),
        ),
        look=("planner record and planner replay do the same with consumers by name, for all CPUs",),
        sources=("github.com/iovisor/bcc/pull/2317",),
    ),
    Entry(
        key="null-percpu-pointer",
        title="A crash on a per-CPU pointer that was never allocated",
        involves="allocator",
        patterns=(
            r"BUG: (?:kernel NULL pointer dereference|[Uu]nable to handle)",
            (r"Unable to handle kernel (?:NULL pointer|paging request|data access)"),
            (r"Kernel attempted to (?:read|write) user page"),
            r"general protection fault",
            r"NULL pointer.{0,80}\b(?:relay_open|per_cpu_ptr|alloc_percpu)\b",
        ),
        needles=("unable to handle", "null pointer", "kernel attempted to", "general protection fault"),
        said_by="the caller of alloc_percpu(), not the allocator",
        versions="all; relay_open up to 5.5",
        means=(
            "The code went on after alloc_percpu() had returned NULL. The pointer that crashes is NULL plus the "
            "CPU's offset, so it looks like garbage."
        ),
        not_means="The crash is the symptom: the failed request before it (perhaps silent) is the fault to look for.",
        causes=(
            Cause(
                key="unchecked-allocation",
                text=(
                    "The result of alloc_percpu() is not checked (relay_open dereferences chan->buf; found by "
                    "syzkaller with little memory). An inference from the trace."
                ),
                weight=3,
                clue=Clue(functions=(r"relay_open\w*",), words=r"relay_open|syzkaller"),
                change=("the kernel fix that checks the result (relay_open: 5.6)",),
            ),
        ),
        look=("percpu: allocation failed earlier in the log",),
        sources=("github.com/linuxppc/issues/issues/286",),
        requires=Clue(
            functions=(r"relay_open\w*|\w*percpu\w*|pcpu_\w+",), words=(r"relay_open|per_cpu_ptr|alloc_percpu")
        ),
    ),
    Entry(
        key="small-guest",
        title="A small guest pays for CPUs that it does not have",
        involves="cost",
        patterns=(
            (
                r"NR_CPUS=(?P<count>\d{2,6})\b.{0,200}|MemTotal.{0,120}\bvcpus?\b.{0,80}|\bmaxcpus=(?P<maximum>\d{2,6})"
                r"\b.{0,120}(?:MemTotal|footprint|memory)|footprint.{0,120}(?:NR_CPUS|maxcpus|vCPU)"
            ),
        ),
        needles=("nr_cpus=", "maxcpus=", "footprint", "memtotal"),
        said_by="users and their measurements",
        versions="all",
        means=(
            "Per-CPU areas and arrays are made for every possible CPU: with 240 possible vCPUs about 75 MB of a "
            "256 MB guest."
        ),
        causes=(
            Cause(
                key="possible-cpus",
                text="The hypervisor announces a large maximum of CPUs.",
                weight=3,
                change=("pass the real maximum to QEMU (-smp N,maxcpus=N) and nr_cpus=N to the kernel",),
            ),
        ),
        look=("cat /sys/devices/system/cpu/possible in the guest",),
        sources=("github.com/kata-containers/runtime/pull/296",),
        requires=Clue(words=r"guest|kata|vCPU|vcpu|footprint|MemTotal|maxcpus"),
    ),
)
