"""Lines of the boot log: mm/percpu.c and the architectures' set-up. Most are good news and only shown when asked for."""

from planner.observe.explain.model import Cause, Clue, Entry

_NR_CPUS = "nr_cpus= or possible_cpus= on the command line; in a VM: no more hot-pluggable CPUs than will be used"

ENTRIES = (
    Entry(
        key="boot-embedded",
        title="Boot line: how the first chunk was made",
        involves="allocator",
        patterns=(
            (
                r"(?:PERCPU|percpu): Embedded (?P<pages>\d{1,8}) pages/cpu (?:@\S{1,32} )?s(?P<static>\d{1,12}) r(?"
                r"P<reserved>\d{1,12}) d(?P<dynamic>\S{1,12}) u(?P<unit>\d{1,12})"
            ),
            r"PERCPU: Embedded (?P<pages>\d{1,8}) pages at \S{1,32}, static data (?P<static>\d{1,12}) bytes",
        ),
        needles=("percpu: embedded",),
        message="embedded",
        said_by="mm/percpu.c:pcpu_embed_first_chunk",
        means="Good news, printed by every boot: the first chunk lies in the kernel's linear mapping. s: static data "
        "of the kernel, r: reserve for modules, d: dynamic space, "
        "all in bytes on each CPU; u: bytes that a unit of every further chunk takes.",
        not_means="It is no error, and these kilobytes are not what exhausts a small machine.",
        causes=(
            Cause(
                key="not-the-culprit",
                text=(
                    "When this line is all that the log says about per-CPU memory and the machine is out of "
                    "memory, the cause is elsewhere: the areas of this line are a small, fixed price."
                ),
                weight=1,
                clue=Clue(words=r"[Oo]ut of memory|invoked oom-killer|boot ?loop|OOM"),
            ),
        ),
        look=("planner report PROFILE prints the line that it predicts: compare",),
        sources=("mm/percpu.c:pcpu_embed_first_chunk",),
        quiet=True,
    ),
    Entry(
        key="boot-page",
        title="Boot line: the first chunk was built page by page",
        involves="allocator",
        patterns=(
            (
                r"(?:PERCPU|percpu): (?P<pages>\d{1,8}) (?P<page>\d{1,4}[KM]) pages/cpu (?:@\S{1,32} )?s(?P<static>\d{1"
                r",12})"
            ),
            (r"PERCPU: Allocated \d{1,8} 4k pages, static data \d{1,12} bytes"),
        ),
        needles=("pages/cpu", "4k pages, static data"),
        message="paged",
        said_by="mm/percpu.c:pcpu_page_first_chunk",
        means=(
            "The first chunk is mapped page by page in the vmalloc space: chosen with percpu_alloc=page, or the "
            "fallback after the embed method failed."
        ),
        not_means="It is no error. It costs a little speed (more TLB misses) and vmalloc space.",
        sources=("mm/percpu.c:pcpu_page_first_chunk",),
        quiet=True,
    ),
    Entry(
        key="boot-remapped",
        title="Boot line: the first chunk was remapped with large pages (2.6.30, 2.6.31)",
        involves="allocator",
        patterns=(r"PERCPU: Remapped at \S{1,32} with large pages, static data \d{1,12} bytes",),
        needles=("percpu: remapped",),
        message="remapped",
        said_by="arch/x86/kernel/setup_percpu.c:setup_pcpu_lpage",
        means="x86 with NUMA in 2.6.30 and 2.6.31: each unit is one large page.",
        sources=("arch/x86/kernel/setup_percpu.c",),
        quiet=True,
    ),
    Entry(
        key="boot-no-remap",
        title="Boot line: large pages would take too much of the vmalloc space (2.6.31)",
        involves="allocator",
        patterns=(r"PERCPU: too large chunk size (?P<mib>\d{1,6})MB for large page remap",),
        needles=("for large page remap",),
        message="too-large-for-remap",
        said_by="arch/x86/kernel/setup_percpu.c:setup_pcpu_lpage",
        means="One large page for each CPU would take more than a fifth of the vmalloc space, so single pages are used.",
        not_means="Nothing failed.",
        sources=("arch/x86/kernel/setup_percpu.c",),
        quiet=True,
    ),
    Entry(
        key="boot-map",
        title="Boot lines: sizes and map of the units",
        involves="allocator",
        patterns=(
            (
                r"pcpu-alloc: s(?P<static>\d{1,12}) r(?P<reserved>\d{1,12}) d(?P<dynamic>\d{1,12}) u(?P<unit>\d{1,1"
                r"2}) alloc=(?P<atoms>\d{1,12})\*(?P<atom>\d{1,12})"
            ),
            r"pcpu-alloc: \[\d{1,5}\] [-\d ]{1,400}",
        ),
        needles=("pcpu-alloc:",),
        message="alloc-info",
        said_by="mm/percpu.c:pcpu_dump_alloc_info (debug level from 2.6.37 on: in dmesg, not on the console)",
        means=(
            "alloc=N*ATOM: one allocation of a chunk is N atoms long; the map lists the CPU of each unit by NUMA "
            "group, dashes for units that no CPU uses but that are paid for in address space."
        ),
        sources=("mm/percpu.c:pcpu_dump_alloc_info",),
        quiet=True,
    ),
    Entry(
        key="boot-setup",
        title="Boot line: CPUs and nodes of this kernel and this boot",
        involves="allocator",
        patterns=(
            (
                r"NR_CPUS:\d{1,6} nr_cpumask_bits:\d{1,6} nr_cpu_ids:(?P<possible>\d{1,6}) nr_node_ids:(?P<nodes>\d{1,6"
                r"})"
            ),
        ),
        needles=("nr_cpu_ids:",),
        message="setup-percpu",
        said_by="arch/x86/kernel/setup_percpu.c:setup_per_cpu_areas (powerpc, sparc alike)",
        means=(
            "nr_cpu_ids is one more than the highest possible CPU: every per-CPU object exists that often, whether "
            "the CPUs are there or not. NR_CPUS is only the limit of the build."
        ),
        sources=("arch/x86/kernel/setup_percpu.c",),
        quiet=True,
    ),
    Entry(
        key="hotplug-cpus",
        title="CPUs that are possible but not there",
        involves="cost",
        patterns=(
            r"Allowing (?P<total>\d{1,6}) CPUs, (?P<hotplug>[1-9]\d{0,5}) hotplug CPUs",
            r"Allowing (?P<present>\d{1,6}) present CPUs plus (?P<hotplug>[1-9]\d{0,5}) hotplug CPUs",
        ),
        needles=("hotplug cpus",),
        said_by="arch/x86/kernel/smpboot.c:prefill_possible_map (arch/x86/kernel/cpu/topology.c from 6.9 on)",
        versions="x86, 2.6.28 and later; the second form from 6.9 on",
        means=(
            "The firmware or hypervisor announces CPUs that may be added later. The kernel prepares per-CPU memory "
            "for all of them: static data, every chunk page, every per-CPU object."
        ),
        not_means="The CPUs need not ever come: the memory is gone from the first moment.",
        causes=(
            Cause(
                key="vm-maximum",
                text="A virtual machine declares a large maximum of CPUs (maxcpus, vCPU hotplug, default 240 or so).",
                weight=3,
                change=(
                    _NR_CPUS,
                    ("QEMU: -smp N,maxcpus=N; VMware: CPU hot add off; KubeVirt: spec.domain.cpu.maxSockets"),
                ),
            ),
            Cause(
                key="firmware",
                text="Server firmware lists sockets that are not populated.",
                weight=1,
                change=(_NR_CPUS,),
            ),
        ),
        look=("planner capture, then planner report: `possible CPUs that are not online` shows the waste",),
        change=(_NR_CPUS,),
        sources=("arch/x86/kernel/smpboot.c",),
    ),
    Entry(
        key="cpus-ignored",
        title="CPUs are ignored because of a limit",
        involves="cost",
        patterns=(
            r"(?:NR_CPUS|nr_cpus)(?:/possible_cpus)? limit of (?P<limit>\d{1,6}) (?:almost )?reached",
            (r"\d{1,6} Processors exceeds (?:NR_CPUS|max_cpus) limit of (?P<limit>\d{1,6})"),
        ),
        needles=("limit of",),
        said_by="arch/x86/kernel/apic/apic.c, arch/x86/kernel/smpboot.c",
        versions="x86",
        means=(
            "More CPUs are there than NR_CPUS or nr_cpus=/possible_cpus= allow; the rest stay unused and cost no "
            "per-CPU memory."
        ),
        look=("whether the limit on the command line is meant",),
        sources=("arch/x86/kernel/apic/apic.c:generic_processor_info",),
    ),
    Entry(
        key="unknown-allocator",
        title="percpu_alloc= was not understood",
        involves="allocator",
        patterns=(r"(?:PERCPU|percpu): unknown allocator (?P<word>\S{1,64}) specified",),
        needles=("unknown allocator",),
        message="unknown-allocator",
        said_by="mm/percpu.c:percpu_alloc_setup, reading the command line",
        means=(
            'The word after percpu_alloc= is none that this kernel builds; it chooses by itself. Only "embed" '
            'and "page" exist, and "auto" is not accepted either (though it is what happens then).'
        ),
        not_means="The kernel works normally.",
        change=("write percpu_alloc=embed or percpu_alloc=page, or leave it out",),
        sources=("mm/percpu.c:percpu_alloc_setup",),
    ),
    Entry(
        key="embed-fallback",
        title="The embed method failed, pages are used instead",
        involves="allocator",
        patterns=(r"(?P<method>\S{1,16}) allocator failed \((?P<error>-?\d{1,5})\), falling back to (?:page size|4k)",),
        needles=("falling back to",),
        message="fallback",
        said_by="the architecture's setup_per_cpu_areas",
        means=(
            "-22: the nodes lie too far apart for the vmalloc space (a max_distance line stands above); -12: no "
            "boot memory for a unit. The first chunk is built page by page."
        ),
        not_means="It is no failure of the boot. The price is TLB misses and vmalloc space.",
        causes=(
            Cause(
                key="distance",
                text="The distance check: nodes far apart, small vmalloc space.",
                weight=3,
                clue=Clue(words=(r"max_distance=|\(-22\)")),
            ),
            Cause(
                key="boot-memory",
                text="No boot memory of that size on a node.",
                weight=1,
                clue=Clue(words=(r"\(-12\)")),
            ),
        ),
        sources=("arch/x86/kernel/setup_percpu.c", "drivers/base/arch_numa.c"),
    ),
    Entry(
        key="boot-page-oom",
        title="No memory for the first chunk: the boot cannot go on",
        involves="allocator",
        patterns=(r"(?:PERCPU|percpu): failed to allocate (?P<page>\S{1,8}) page for cpu(?P<cpu>\d{1,6})",),
        needles=("page for cpu",),
        message="page-out-of-memory",
        said_by="mm/percpu.c:pcpu_page_first_chunk",
        means="The page method found no boot memory for a CPU's unit; a panic follows.",
        causes=(
            Cause(
                key="too-many-cpus",
                text="Too many possible CPUs for the memory (or for one node's).",
                weight=2,
                change=(_NR_CPUS,),
            ),
        ),
        change=(_NR_CPUS,),
        sources=("mm/percpu.c:pcpu_page_first_chunk",),
    ),
    Entry(
        key="setup-bug",
        title="The first chunk breaks a rule: the kernel stops",
        involves="allocator",
        patterns=(
            r"(?:PERCPU|percpu): failed to initialize, (?P<condition>.{1,200})",
            (r"(?:PERCPU|percpu): cpu_possible_mask=\S{1,200}"),
        ),
        needles=("failed to initialize", "cpu_possible_mask="),
        message="setup-bug",
        said_by="mm/percpu.c:pcpu_setup_first_chunk (PCPU_SETUP_BUG_ON)",
        means=(
            "The architecture handed over sizes or a CPU map that cannot be: BUG at boot. The condition that "
            "failed is printed."
        ),
        causes=(
            Cause(
                key="broken-setup",
                text=(
                    "A kernel or firmware bug: CPU listed twice, possible CPUs missing, static section not page aligned, "
                    "unit too small."
                ),
                weight=2,
            ),
        ),
        look=("the condition in the line", "CPU and NUMA tables of the firmware"),
        sources=("mm/percpu.c:pcpu_setup_first_chunk",),
    ),
    Entry(
        key="km-groups",
        title="percpu-km cannot serve several groups of CPUs",
        involves="allocator",
        patterns=(r"(?:PERCPU|percpu): can't handle more than one groups?",),
        needles=("can't handle more than one group",),
        message="km-groups",
        said_by="mm/percpu-km.c:pcpu_verify_alloc_info",
        means=(
            "A kernel whose chunks are contiguous pages (no SMP, or no MMU) was given more than one group of CPUs; "
            "the boot fails."
        ),
        sources=("mm/percpu-km.c",),
    ),
    Entry(
        key="km-waste",
        title="percpu-km wastes pages in every chunk",
        involves="cost",
        patterns=(r"(?:PERCPU|percpu): wasting (?P<pages>\d{1,10}) pages per chunk",),
        needles=("pages per chunk",),
        message="km-waste",
        said_by="mm/percpu-km.c:pcpu_verify_alloc_info",
        means="Chunks are taken in powers of two pages; a chunk's size is none, so the rest of each is lost.",
        not_means="Nothing fails.",
        sources=("mm/percpu-km.c",),
    ),
    Entry(
        key="no-node",
        title="A CPU's node has no memory: its unit lies elsewhere",
        involves="allocator",
        patterns=(r"cpu (?P<cpu>\d{1,6}) has no node (?P<node>-?\d{1,6}) or node-local memory",),
        needles=("or node-local memory",),
        message="no-node",
        said_by="mm/percpu.c:pcpu_fc_alloc (x86 and powerpc code up to 5.16)",
        means=(
            "The CPU belongs to a node without memory (or to none): its per-CPU data come from another node and "
            "are slower to reach."
        ),
        not_means="Nothing is missing.",
        sources=("mm/percpu.c:pcpu_fc_alloc",),
        quiet=True,
    ),
    Entry(
        key="static-area-too-large",
        title="A static per-CPU area times NR_CPUS does not fit (before 2.6.30)",
        involves="allocator",
        patterns=(r"\bcpu_alloc\b.{0,120}(?:boot|BSS|static)|(?:BSS|bss).{0,120}\bcpu_alloc\b",),
        needles=("cpu_alloc",),
        said_by="the cpu_alloc patches of 2007, not part of any kernel that planner models",
        versions="2.6.24 patches",
        means=(
            "A static area reserved for every one of NR_CPUS CPUs makes the kernel image larger than the boot "
            "loader or the page tables allow (sparc64: BSS above 8 MiB)."
        ),
        causes=(
            Cause(
                key="static-reserve-times-nr-cpus",
                text=(
                    "The static reserve is multiplied by NR_CPUS (up to 4096), not by the CPUs that exist. Today's "
                    "allocator takes chunks at run time for possible CPUs for this reason."
                ),
                weight=2,
                change=("use a kernel with the chunk allocator (2.6.30 and later)", "a smaller NR_CPUS"),
            ),
        ),
        sources=("lkml.org/lkml/2007/11/13/67",),
    ),
)
