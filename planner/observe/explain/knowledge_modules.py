"""The module loader on per-CPU data."""

from planner.observe.explain.model import Cause, Clue, Entry

ENTRIES = (
    Entry(
        key="module-no-percpu",
        title="A module cannot be loaded: no room for its static per-CPU data",
        involves="allocator",
        patterns=(r"(?:(?P<module>[\w-]{1,64}): )?Could not allocate (?P<size>\d{1,12}) bytes percpu data",),
        needles=("bytes percpu data",),
        message="module-no-memory",
        said_by=(
            "kernel/module: percpu_modalloc (kernel/module.c, from 5.19 kernel/module/main.c); the loader returns "
            "-ENOMEM"
        ),
        means="The module's .data..percpu section did not get its place. On most architectures (not 32-bit x86 and "
        "powerpc) it must come from the reserve of 8 KiB on each CPU; "
        "the allocator's own line just above says why.",
        not_means='"Cannot allocate memory" from insmod or modprobe is this, whatever free(1) shows.',
        causes=(
            Cause(
                key="reserve-full",
                text="The reserve for modules is used up by this module's section or by those loaded before.",
                weight=3,
                clue=Clue(words=r"alloc from reserved chunk failed"),
                look=("planner module FILE.ko",),
            ),
            Cause(
                key="reserve-regressed",
                text=(
                    "A small section (16 bytes) is refused right after boot: the reserve itself is missing or "
                    "broken in this kernel (a regression of 4.14-rc)."
                ),
                weight=0,
                clue=Clue(requests=((16, 16),), words=r"Could not allocate (?:16|8|24) bytes percpu data"),
                change=("update the kernel",),
            ),
            Cause(
                key="dynamic-space-full",
                text="32-bit x86, powerpc: the section comes from the dynamic space, and no chunk could be made.",
                weight=1,
                clue=Clue(words=r"failed to allocate new chunk", facts=("bits32",)),
            ),
            Cause(
                key="duplicate-loads",
                text=(
                    "udev loads the module many times at once on a machine with many CPUs (up to 6.3); each "
                    "attempt holds its section until it is found to be a duplicate."
                ),
                weight=1,
                until="6.4",
                clue=Clue(task=r"systemd-udevd|\(udev-worker\)|udevd", facts=("many_cpus",)),
            ),
        ),
        look=("the percpu: line above it", "planner module FILE.ko --json"),
        change=(
            "unload other modules with per-CPU data",
            ("make the module allocate with alloc_percpu() when it starts"),
        ),
        sources=("kernel/module/main.c:percpu_modalloc",),
    ),
    Entry(
        key="module-alignment",
        title="A module's per-CPU section asks for more than page alignment",
        involves="allocator",
        patterns=(r"(?P<module>[\w-]{1,64}): per-cpu alignment (?P<align>-?\d{1,12}) > (?P<page>-?\d{1,12})",),
        needles=("per-cpu alignment",),
        message="module-align",
        said_by="kernel/module: percpu_modalloc",
        means="The section gets page alignment and the module is loaded.",
        not_means="No failure, unless the module relies on the larger alignment.",
        sources=("kernel/module/main.c:percpu_modalloc",),
    ),
    Entry(
        key="insmod-enomem",
        title="insmod or modprobe: Cannot allocate memory",
        involves="allocator",
        patterns=(
            r"insmod: (?:ERROR: )?can(?:no|')t insert .{1,200}: Cannot allocate memory",
            r"insmod: ERROR: could not insert module .{1,200}: Cannot allocate memory",
            r"modprobe: (?:ERROR|FATAL): .{0,20}[Cc]ould not insert .{1,200}: Cannot allocate memory",
            r"Failed to insert module '.{1,100}': Cannot allocate memory",
        ),
        needles=("cannot allocate memory",),
        said_by="user space, from -ENOMEM of init_module/finit_module",
        versions="all",
        means=(
            "The loader found no memory for the module: for its code (vmalloc space on 32-bit) or for its static "
            "per-CPU data (the reserve of 8 KiB). dmesg says which."
        ),
        causes=(
            Cause(
                key="percpu-section",
                text="The per-CPU section did not fit.",
                weight=2,
                clue=Clue(words=(r"bytes percpu data|alloc from reserved chunk")),
            ),
            Cause(
                key="module-space",
                text="No address space for the module's code.",
                weight=2,
                clue=Clue(words=(r"vmap allocation for size|vmalloc_node_range|vmalloc error")),
            ),
        ),
        look=("dmesg, right after the attempt", "planner module FILE.ko"),
        sources=("kernel/module/main.c:load_module",),
    ),
)
