"""What values the options of the configuration may have, as far as planner asks for them."""

from typing import Final

ON_OFF: Final = frozenset({
    "BLK_CGROUP", "BLK_DEV_THROTTLING", "BLK_DEV_THROTTLING_LOW", "BLK_WBT_MQ", "BPF_SYSCALL", "BRIDGE_IGMP_SNOOPING",
    "BRIDGE_VLAN_FILTERING", "CGROUP_BPF", "CGROUP_PERF", "CGROUP_WRITEBACK", "CLS_U32_MARK", "CLS_U32_PERF", "CPUMASK_OFFSTACK",
    "DEBUG_KOBJECT_RELEASE", "DEBUG_LOCK_ALLOC", "DEBUG_MUTEXES", "DEBUG_OBJECTS_WORK", "DEBUG_SPINLOCK", "FAIR_GROUP_SCHED",
    "HIGHMEM64G", "HOTPLUG_CPU", "HUGETLB_PAGE", "IPV6", "IP_FIB_TRIE_STATS", "KMSAN", "LOCKDEP", "LOCK_STAT", "MEMCG", "MEMCG_KMEM",
    "MEMCG_V1", "MEM_ALLOC_PROFILING", "MMU", "MODULES", "NETPOLL", "NOHIGHMEM", "NUMA", "NUMA_BALANCING", "NUMA_EMU",
    "PAGE_POOL_STATS", "PCPU_DEV_REFCNT", "PERCPU_STATS", "POSIX_MQUEUE", "PPC_BOOK3E_64", "PPC_RADIX_MMU", "PREEMPT_RT",
    "PROVE_LOCKING", "PSI", "PSI_DEFAULT_DISABLED", "RANDOMIZE_MEMORY", "RANDOM_KMALLOC_CACHES", "SCHED_CACHE", "SCHED_CORE",
    "SCHED_MM_CID", "SLUB_CPU_PARTIAL", "SLUB_STATS", "SMP", "SQUASHFS_DECOMP_MULTI_PERCPU", "SWAP", "THP_SWAP",
    "TRANSPARENT_HUGEPAGE", "X86_PAE", "XFRM", "XFRM_STATISTICS", "ZSWAP",
})  # fmt: skip
"""Options of type bool or tristate that the model asks for: y, m or n."""

NUMBERS: Final = {"NR_CPUS": (1, 65_536), "X86_L1_CACHE_SHIFT": (4, 12)}
"""Options of type int that it asks for, with their bounds."""


def refusal(name: str, value: str) -> tuple[str, str] | None:
    """Return what is wrong with an option's value and what may stand there, ``None`` where nothing is known to be wrong."""
    if name in ON_OFF and value not in {"y", "m", "n"}:
        return "is neither on nor off", '"y", "m", "n", true or false'
    if name in NUMBERS:
        low, high = NUMBERS[name]
        if not (value.isascii() and value.isdigit() and low <= int(value[:20]) <= high):
            return "is no such number", f"a whole number from {low} to {high}"
    return None
