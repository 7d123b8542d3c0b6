"""The kernel's configuration, as far as per-CPU memory depends on it."""

from collections.abc import Iterator
from typing import Final

from planner.observe.errors import ObserveError
from planner.observe.parsers.kconfig import parse_config
from planner.observe.probes.system import release
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

OPTIONS: Final = tuple(
    """
    SMP HOTPLUG_CPU MMU NR_CPUS NUMA NUMA_EMU MODULES X86_PAE HIGHMEM HIGHMEM4G HIGHMEM64G NOHIGHMEM PAGE_OFFSET CPUMASK_OFFSTACK
    RANDOMIZE_BASE RANDOMIZE_MEMORY X86_5LEVEL KASAN KMSAN HZ PREEMPT_RT ARM64_VA_BITS ARM64_4K_PAGES
    ARM64_16K_PAGES ARM64_64K_PAGES PPC_RADIX_MMU PPC_BOOK3E_64 PPC_64K_PAGES PERCPU_STATS MEM_ALLOC_PROFILING
    RANDOM_KMALLOC_CACHES LOCKDEP DEBUG_LOCK_ALLOC DEBUG_OBJECTS_WORK SLUB_STATS MEMCG MEMCG_KMEM MEMCG_V1
    CGROUPS CGROUP_BPF CGROUP_PERF CGROUP_WRITEBACK PSI PSI_DEFAULT_DISABLED FAIR_GROUP_SCHED RT_GROUP_SCHED
    SCHED_MM_CID BLK_CGROUP BLK_DEV_THROTTLING BLK_DEV_THROTTLING_LOW BLK_WBT_MQ IPV6 NET_NS PCPU_DEV_REFCNT
    XFRM XFRM_STATISTICS IP_FIB_TRIE_STATS BRIDGE_IGMP_SNOOPING BRIDGE_VLAN_FILTERING PAGE_POOL_STATS
    CLS_U32_PERF CLS_U32_MARK BPF_SYSCALL POSIX_MQUEUE SQUASHFS_DECOMP_MULTI_PERCPU NFT_COUNTER
    X86_L1_CACHE_SHIFT SCHED_CACHE SCHED_CORE PROVE_LOCKING LOCK_STAT DEBUG_SPINLOCK DEBUG_MUTEXES DEBUG_KOBJECT_RELEASE
    SWAP ZSWAP TRANSPARENT_HUGEPAGE THP_SWAP NUMA_BALANCING SLUB_CPU_PARTIAL NETPOLL HUGETLB_PAGE
    """.split()  # noqa: SIM905 - a list literal would take a line a word
)
"""Options that planner's tables and plugins ask for, and those that change the structures or the address space."""
_SILENT: Final = frozenset(
    """
    MEMCG_KMEM MEMCG_V1 NFT_COUNTER PCPU_DEV_REFCNT SCHED_MM_CID NR_CPUS HZ PAGE_OFFSET ARM64_VA_BITS SCHED_CACHE
    SWAP ZSWAP TRANSPARENT_HUGEPAGE THP_SWAP NUMA_BALANCING SLUB_CPU_PARTIAL NETPOLL HUGETLB_PAGE
    """.split()  # noqa: SIM905 - as above
)
"""Options that say nothing when they are not listed: kernels without the option have what it switches, or it is a number."""
_OWN: Final = ("ARM64_", "PPC_", "X86_", "HIGHMEM")
"""Options of one architecture."""


def read(root: Root) -> Iterator[Observation]:
    """Yield ``config``: the options that decide; one that the complete file does not list is off."""
    name = release(root)
    for file in (
        "proc/config.gz",
        f"boot/config-{name}",
        f"lib/modules/{name}/config",
        f"usr/lib/modules/{name}/config",
    ):
        data = root.read(file)
        if data:
            try:
                options = parse_config(data)
            except ObserveError as error:
                root.cut.append(f"{file}: {error}")
                continue
            if options:
                yield seen("config", dict(_decided(options)), f"/{file}")
                return


def _decided(options: dict[str, str]) -> Iterator[tuple[str, str]]:
    for option in OPTIONS:
        if option in options:
            yield option, options[option]
        elif option not in _SILENT and not option.startswith(_OWN):
            yield option, "n"
