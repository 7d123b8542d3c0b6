"""Locks, timers, work items and lists that kernel structures are made of, by version: one line of members each, newest first.

The notation is that of :mod:`planner_consumers.layout`; padding comes by itself. Lines that name no commit were read in the
trees 6.1.192 and 6.12.117 and held against what gcc makes of these trees with each option
(tests/consumers/data/structures.json).
"""

from typing import Final

from planner.plugin import Fact, Since


def structure(name: str, *history: Since[str], backports: tuple[Since[str], ...] = ()) -> tuple[str, Fact[str]]:
    """Return a structure's name and its members, newest line first."""
    return name, Fact(name, f"members of {name}", history, backports)


def members(version: str, text: str, source: str) -> Since[str]:
    """One line: from ``version`` on, the structure has these members."""
    return Since(version, text, source)


# fmt: off
PRIMITIVES: Final[dict[str, Fact[str]]] = dict((
    structure(
        "lockdep_map",
        members("5.7", "4*ptr 4*u8 LOCK_STAT?u32 LOCK_STAT?long", "include/linux/lockdep_types.h; commit de8f5e4f2dc1 (wait types)"),
        members("2.6.37", "4*ptr LOCK_STAT?u32 LOCK_STAT?long", "include/linux/lockdep.h; commit 620162505e5d (two cached classes)"),
        members("2.6.30", "3*ptr LOCK_STAT?u32 LOCK_STAT?long", "include/linux/lockdep.h"),
    ),
    structure(
        "raw_spinlock",
        members(
            "2.6.30", "u32 DEBUG_SPINLOCK?2*u32 DEBUG_SPINLOCK?ptr DEBUG_LOCK_ALLOC?lockdep_map",
            "include/linux/spinlock_types_raw.h (spinlock_types.h before 5.15)",
        ),
    ),
    structure("rt_mutex_base", members("5.15", "raw_spinlock 2*ptr ptr", "include/linux/rtmutex.h; commit 830e6acc8a1c")),
    structure(
        "spinlock",
        members(
            "5.15", "!PREEMPT_RT?raw_spinlock PREEMPT_RT?rt_spinlock",
            "include/linux/spinlock_types.h; commit 051790eecc03 (August 2021)",
        ),
        members("5.11", "!PREEMPT_RT?raw_spinlock PREEMPT_RT?unknown", "include/linux/spinlock_types.h"),
        members(
            "5.10", "!PREEMPT_RT?raw_spinlock PREEMPT_RT?((raw_spinlock 3*ptr u32 DEBUG_LOCK_ALLOC?unknown) u32)",
            "include/linux/spinlock_types_rt.h of the patches for 5.10; BTF 5.10.223-rt: 48 bytes",
        ),
        members("2.6.30", "!PREEMPT_RT?raw_spinlock PREEMPT_RT?unknown", "include/linux/spinlock_types.h; patches of many shapes"),
    ),
    structure("rt_spinlock", members("5.15", "rt_mutex_base DEBUG_LOCK_ALLOC?lockdep_map", "include/linux/spinlock_types.h")),
    structure(
        "mutex",
        members(
            "7.0", "!PREEMPT_RT?(long raw_spinlock u32 ptr DEBUG_MUTEXES?ptr DEBUG_LOCK_ALLOC?lockdep_map) PREEMPT_RT?rt_spinlock",
            "include/linux/mutex_types.h: the first waiter; read 7.2, 7.3 (BTF 6.18: still a list)",
        ),
        members(
            "5.15", "!PREEMPT_RT?(long raw_spinlock u32 list_head DEBUG_MUTEXES?ptr DEBUG_LOCK_ALLOC?lockdep_map) PREEMPT_RT?rt_spinlock",
            "include/linux/mutex_types.h (mutex.h before 6.8); commit bb630f9f7a7d",
        ),
        members(
            "4.10", "PREEMPT_RT?unknown long spinlock u32 list_head DEBUG_MUTEXES?ptr DEBUG_LOCK_ALLOC?lockdep_map",
            "include/linux/mutex.h; commit 3ca0ff571b09 (owner and count in one word)",
        ),
    ),
    structure(
        "seqcount",
        members("2.6.30", "u32 DEBUG_LOCK_ALLOC?lockdep_map", "include/linux/seqlock.h; the map since commit 1ca7d67cf5d5 (3.13)"),
    ),
    structure("u64_stats_sync", members("2.6.36", "!64BIT?seqcount", "include/linux/u64_stats_sync.h; commit 33d91f00c73b")),
    structure(
        "local_lock",
        members(
            "5.15", "PREEMPT_RT?spinlock !PREEMPT_RT?(DEBUG_LOCK_ALLOC?lockdep_map DEBUG_LOCK_ALLOC?ptr)",
            "include/linux/local_lock_internal.h; commit 026659b9774e (spinlock on PREEMPT_RT)",
        ),
        members(
            "5.8", "PREEMPT_RT?unknown DEBUG_LOCK_ALLOC?lockdep_map DEBUG_LOCK_ALLOC?ptr",
            "include/linux/local_lock_internal.h; commit 91710728d172",
        ),
    ),
    structure(
        "local_trylock",
        members(
            "6.15", "PREEMPT_RT?spinlock !PREEMPT_RT?(DEBUG_LOCK_ALLOC?lockdep_map DEBUG_LOCK_ALLOC?ptr u8)",
            "include/linux/local_lock_internal.h; commit 51339d99c013",
        ),
    ),
    structure("list_head", members("2.6.30", "2*ptr", "include/linux/types.h")),
    structure("rcu_head", members("2.6.30", "2*ptr", "include/linux/types.h")),
    structure("work_struct", members("2.6.30", "long 2*ptr ptr LOCKDEP?lockdep_map", "include/linux/workqueue_types.h")),
    structure(
        "timer_list",
        members("4.15", "2*ptr long ptr u32 LOCKDEP?lockdep_map", "include/linux/timer_types.h; commit 354b46b1a0ad (no data)"),
    ),
    structure("delayed_work", members("4.15", "work_struct timer_list ptr u32", "include/linux/workqueue.h")),
    structure(
        "hrtimer",
        members("7.0", "5*ptr u64 ptr 5*u8 u64 ptr", "include/linux/hrtimer_types.h; read 7.2 (BTF 6.18: 64 bytes)"),
        members("4.16", "3*ptr u64 u64 2*ptr 4*u8", "include/linux/hrtimer.h"),
    ),
    structure(
        "kobject",
        members("6.12", "ptr 2*ptr 3*ptr ptr 2*u32 DEBUG_KOBJECT_RELEASE?delayed_work", "include/linux/kobject.h; read 6.12"),
        members("2.6.30", "ptr 2*ptr 3*ptr ptr u32 DEBUG_KOBJECT_RELEASE?delayed_work u32", "include/linux/kobject.h; read 6.1"),
    ),
    structure("swait_queue_head", members("4.6", "raw_spinlock list_head", "include/linux/swait.h")),
    structure("wait_queue_head", members("2.6.30", "spinlock list_head", "include/linux/wait.h")),
    structure(
        "completion",
        members("5.7", "u32 swait_queue_head", "include/linux/completion.h; commit a5c6234e1028 (simple wait queues)"),
        members("2.6.30", "u32 wait_queue_head", "include/linux/completion.h"),
    ),
    structure(
        "irq_work",
        members("5.11", "ptr u32 64BIT?2*u16 ptr ptr", "include/linux/irq_work.h; commits 7a9f50a05843, 810979682ccc (rcuwait)"),
    ),
    structure(
        "sk_buff_head",
        members("5.15", "2*ptr u32 spinlock", "include/linux/skbuff.h"),
        members("2.6.30", "2*ptr u32 spinlock PREEMPT_RT?raw_spinlock", "include/linux/skbuff.h; BTF 5.10.223-rt: a lock more"),
    ),
    structure(
        "rcu_segcblist",
        members("7.3", "ptr 4*ptr 8*long long 4*long u8", "include/linux/rcu_segcblist.h; read 7.2, 7.3 (two sequence numbers a segment)"),
        members("5.12", "ptr 4*ptr 4*long long 4*long u8", "include/linux/rcu_segcblist.h; read 5.11.4, 6.1 (segments' lengths)"),
        members("5.10", "ptr 4*ptr 4*long long 2*u8", "include/linux/rcu_segcblist.h; read 5.10, 5.11.4"),
    ),
    structure("irq_affinity_notify", members("6.15", "2*u32 work_struct 2*ptr", "include/linux/interrupt.h")),
    structure(
        "napi_struct",
        members(
            "7.0",
            "long list_head 2*u32 ptr NETPOLL?u32 u32 2*ptr (long 8*(list_head u32) list_head 2*u32) hrtimer ptr 2*long "
            "2*u32 list_head 2*ptr u32 "
            "irq_affinity_notify 2*u32 ptr",
            "include/linux/netdevice.h; read 7.2, 7.3",
        ),
        members(
            "6.15",
            "list_head long 2*u32 ptr NETPOLL?u32 u32 2*ptr (long 8*(list_head u32) list_head 2*u32) hrtimer ptr 2*long "
            "2*u32 list_head 2*ptr u32 "
            "irq_affinity_notify 2*u32 ptr",
            "include/linux/netdevice.h; BTF 6.18",
        ),
        members(
            "6.7", "list_head long 2*u32 long ptr NETPOLL?u32 u32 ptr 8*(list_head u32) ptr list_head 2*u32 hrtimer ptr "
            "list_head 2*ptr u32",
            "include/linux/netdevice.h; read 6.12",
        ),
        members(
            "5.12", "list_head long 2*u32 long ptr NETPOLL?u32 ptr 8*(list_head u32) ptr list_head u32 hrtimer list_head 2*ptr u32 ptr",
            "include/linux/netdevice.h; commit 29863d41bb6e (threaded NAPI); read 6.1",
        ),
        members(
            "5.10", "list_head long 2*u32 long ptr NETPOLL?u32 ptr 8*(list_head u32) ptr list_head u32 hrtimer list_head 2*ptr u32",
            "include/linux/netdevice.h; read 5.10",
        ),
    ),
))
