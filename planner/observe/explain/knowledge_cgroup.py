"""Control groups: directories that cannot be made, and the counts that show too many of them."""

from planner.observe.explain.model import Cause, Clue, Entry

_LEAK_CHANGE = (
    "reboot brings the memory back",
    ("cgroup.memory=nokmem, or a container runtime built without kernel memory accounting (nokmem)"),
    ("a newer kernel: 4.19 and later release most of them, 5.9 shares slab caches"),
)
_COUNT = (
    "cat /proc/cgroups: num_cgroups of memory",
    ("find /sys/fs/cgroup -type d | wc -l: the difference is dying cgroups"),
    ("cgroup.stat: nr_dying_descendants (4.14 and later, cgroup2)"),
)

ENTRIES = (
    Entry(
        key="cgroup-enospc",
        title="No more control groups: No space left on device",
        involves="cost",
        patterns=(
            r"mkdir:? .{0,200}(?:cgroup|memory|kubepods|docker|slice).{0,200}[Nn]o space left on device",
            r"cgroup.{0,300}no space left on device",
            r"no space left on device.{0,200}cgroup",
        ),
        needles=("no space left on device",),
        said_by="kernel/cgroup: cgroup_mkdir → mem_cgroup_alloc: every memory cgroup needs an id below 65536",
        versions=(
            "4.7 and later free an id when the group is removed; RHEL 7's 3.10 and older keep it until the group's "
            "last charge is gone"
        ),
        means="All 65535 ids of memory cgroups are in use, by live or by dying groups.",
        not_means=(
            "No disk or tmpfs is full, and memory need not be short (yet): each of these groups costs kernel "
            "memory, per-CPU statistics included."
        ),
        causes=(
            Cause(
                key="memcg-id-leak",
                text=(
                    "Kernel memory accounting leaks: removed groups never lose their last charge, so their ids "
                    "stay (3.10 of RHEL 7, 4.4, 4.10 with kmem limits set by runc or kubelet)."
                ),
                weight=3,
                until="4.19",
                clue=Clue(words=r"3\.10|docker|kubepods|runc|kubelet|65,?535"),
                look=_COUNT,
                change=_LEAK_CHANGE,
            ),
            Cause(
                key="too-many-groups",
                text=("Really more than 65535 groups, for example left-over mount scopes of an old systemd."),
                weight=1,
                look=_COUNT,
            ),
        ),
        look=_COUNT,
        change=_LEAK_CHANGE,
        sources=("mm/memcontrol.c: mem_cgroup_idr", "github.com/kubernetes/kubernetes/issues/61937"),
    ),
    Entry(
        key="cgroup-enomem",
        title="A control group cannot be made: Cannot allocate memory",
        involves="allocator",
        patterns=(
            r"mkdir:? .{0,200}(?:cgroup|/sys/fs/cgroup|memory/|kubepods|docker/).{0,200}[Cc]annot allocate memory",
            r"cgroup.{0,300}[Cc]annot allocate memory",
            r"[Ff]ailed to (?:create|realize) cgroup.{0,200}[Cc]annot allocate memory",
        ),
        needles=("cannot allocate memory",),
        said_by="kernel/cgroup: cgroup_mkdir and the controllers' css_alloc, each of which takes per-CPU memory",
        versions="all",
        means=(
            "One of the allocations behind a cgroup failed: per-CPU statistics (1 to 3 KB on each possible CPU and "
            "node for the memory controller) or slab. Some of them are silent."
        ),
        not_means=(
            "Free memory as free(1) shows it proves nothing: address space, ids, or a limit of the parent's memory "
            "cgroup (5.9 and later charge it) can be at its end."
        ),
        causes=(
            Cause(
                key="memcg-leak",
                text=(
                    "Removed memory cgroups that never go away (kernel memory accounting, 3.10 to 4.18) have used "
                    "up ids or memory."
                ),
                weight=3,
                until="4.19",
                clue=Clue(words=r"docker|runc|kubelet|kubepods|3\.10|4\.\d"),
                look=_COUNT,
                change=_LEAK_CHANGE,
            ),
            Cause(
                key="percpu-exhausted",
                text="The per-CPU allocator cannot make a chunk or find pages.",
                weight=1,
                clue=Clue(words=r"percpu: allocation failed"),
                look=("dmesg: percpu: allocation failed",),
            ),
            Cause(
                key="parent-limit",
                text=("The parent cgroup's memory limit refuses the charge (5.9 and later), silently."),
                weight=1,
                since=("5.9"),
                look=(("memory.events of the parent: max, oom"),),
            ),
        ),
        look=_COUNT,
        sources=("mm/memcontrol.c:mem_cgroup_css_alloc", "github.com/docker/for-linux/issues/841"),
    ),
    Entry(
        key="cgroup-counts",
        title="/proc/cgroups: how many control groups there are",
        involves="cost",
        patterns=(
            r"^memory\s{1,8}\d{1,4}\s{1,8}(?P<groups>\d{1,9})\s{1,8}[01]\s*$",
            (r"nr_dying_descendants (?P<dying>\d{1,9})"),
            (r"(?P<groups>\d{4,9}) (?:memory )?cgroups\b|\bcgroups?\b.{0,40}\b(?P<many>\d{5,9})\b"),
        ),
        needles=("memory\t", "memory ", "nr_dying_descendants", "cgroups", "cgroup"),
        said_by="/proc/cgroups (num_cgroups), cgroup.stat",
        versions="2.6.24 and later; cgroup.stat 4.14 and later",
        means=(
            "Each memory cgroup, dying ones too, holds per-CPU statistics for every possible CPU and node: 64 CPUs "
            "and 2 nodes make about 160 KB of one."
        ),
        causes=(
            Cause(
                key="leaked-scopes",
                text=(
                    "Transient scopes and mount units are left behind (old systemd with Kubernetes cron jobs): a "
                    "hundred thousand groups in one slice."
                ),
                weight=1,
                clue=Clue(words=r"CronJob|scope|systemd|slice|run-\w+|dangling"),
                change=("newer systemd; remove the left-over scopes",),
            ),
            Cause(
                key="kubelet-cgroups",
                text=(
                    "kubelet (systemd cgroup driver) makes and removes transient groups all the time; the dying "
                    "ones pile up."
                ),
                weight=1,
                clue=Clue(words=r"kubelet|cgroup driver|k8s|kubernetes"),
            ),
            Cause(
                key="memcg-slab-copies",
                text=(
                    "Up to 5.8 each memory cgroup keeps copies of the slab caches it uses; the worker that trims "
                    "them (cache_reap, with SLAB) burns CPU."
                ),
                weight=0,
                until="5.9",
                clue=Clue(words=r"cache_reap|load (?:average )?\d{2,}|slab"),
                change=("5.9 and later share the caches", "cgroup.memory=nokmem"),
            ),
            Cause(
                key="cgroup-growth",
                text=(
                    "Groups grow until memory is gone (4.19 on VMware Photon 3 with 12 and more CPUs: memory, then "
                    "OOM loops)."
                ),
                weight=0,
                clue=Clue(words=r"[Pp]hoton|OOM|[Oo]ut of memory|stops|exhaust"),
            ),
            Cause(
                key="dying-cgroups",
                text="Removed groups that live on until their last page is gone.",
                weight=2,
                clue=Clue(words=(r"dying|leak")),
            ),
        ),
        look=_COUNT,
        sources=("kernel/cgroup/cgroup-v1.c:proc_cgroupstats_show",),
    ),
    Entry(
        key="memcg-slab-worker",
        title="cache_reap and kmem_cache work for memory cgroups burns CPU",
        involves="cost",
        patterns=(
            (
                r"\bcache_reap\b|\bmemcg_deactivate_kmem_caches|\bkmemcg_(?:workfn|deactivate)\w*|slab_caches_to_rcu_de"
                r"stroy\w*"
            ),
        ),
        needles=("cache_reap", "kmemcg", "kmem_caches", "slab_caches_to_rcu"),
        said_by="profiles (perf top) and stack dumps: mm/slab.c:cache_reap, mm/slab_common.c",
        versions="3.8 to 5.8 (copies of caches for each memory cgroup)",
        means=(
            "There are so many copies of slab caches (caches x memory cgroups, each with a per-CPU part) that "
            "walking them takes the CPU."
        ),
        causes=(
            Cause(
                key="memcg-slab-copies",
                text=("Leaked or very many memory cgroups with their copies of slab caches."),
                weight=3,
                change=(("5.9 and later share the caches"), ("cgroup.memory=nokmem")),
            ),
        ),
        look=_COUNT,
        sources=("mm/slab_common.c:memcg_create_kmem_cache",),
    ),
    Entry(
        key="container-kernel-memory",
        title="Kernel memory charged to a container, in proportion to the CPUs",
        involves="cost",
        patterns=(
            r"\bnproc\b.{0,80}(?:MiB|MB).{0,120}(?:slab|kernel)",
            r"kmem: usage \d{1,15}kB, limit",
            (r"(?:slab|kernel)[ _](?:memory|slabs?).{0,80}\bper (?:CPU|container)"),
        ),
        needles=("nproc", "kmem: usage", "per cpu", "per container"),
        said_by="documentation and OOM reports of memory cgroups",
        versions="3.8 to 5.8",
        means=(
            "Slab caches are copied for each memory cgroup, and every copy keeps objects for each CPU: a container "
            "starts with up to CPUs x ½ MiB charged to it."
        ),
        causes=(
            Cause(
                key="memcg-slab-copies",
                text="Per-cgroup copies of slab caches (RHEL 8's 4.18, up to 5.8).",
                weight=3,
                change=(
                    ("limits of containers in proportion to the CPUs of the node"),
                    ("5.9 and later share the caches"),
                ),
            ),
        ),
        sources=("github.com/openshift/openshift-docs/pull/27422",),
    ),
)
