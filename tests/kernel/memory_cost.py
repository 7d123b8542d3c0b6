"""Measure what objects cost in kernel memory beside the per-CPU allocator: run by hand as root on the kernel to be measured.

    python tests/kernel/memory_cost.py [KIND ...] > cost.json

Each kind is made a thousand times or so by a process of its own in namespaces of its own; ending that process removes them. The
difference of /proc/slabinfo (objects in use, by cache) and /proc/meminfo before and after, divided by their number, is what one costs.
Nothing is left behind, nothing outside is changed; a machine that does other work at the same time adds noise.
"""

import ctypes
import json
import os
import platform
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWIPC, NEWNET = 0x00020000, 0x08000000, 0x40000000
PRIVATE = 0x40000 | 0x4000
TMP = "/tmp"  # noqa: S108 - a tmpfs of its own, in a mount namespace of its own
FIELDS = ("Slab", "SUnreclaim", "SReclaimable", "KernelStack", "PageTables", "Percpu", "VmallocUsed")


def unshare(flags: int) -> None:
    """Leave namespaces; a mount namespace becomes private."""
    if LIBC.unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")
    if flags & NEWNS and LIBC.mount(b"none", b"/", None, PRIVATE, None):
        raise OSError(ctypes.get_errno(), "mount")


def mount(source: str, target: str, kind: str, flags: int = 0, data: str = "") -> None:
    """Mount, as mount(2)."""
    if LIBC.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode() or None):
        raise OSError(ctypes.get_errno(), f"mount {kind} {target} {data}")


def batch(lines: list[str]) -> None:
    """Give lines to ``ip -batch``."""
    subprocess.run(
        ["ip", "-force", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True, capture_output=True
    )


def links(text: str, *, setup: tuple[str, ...] = ()) -> Callable[[int], object]:
    """Make network devices by a line of ``ip link add`` with ``{n}`` in it."""

    def make(count: int) -> None:
        batch([*setup, *(f"link add {text.format(n=n, a=n % 250, b=n // 250)}" for n in range(count))])

    return make


def namespaces(count: int) -> list[int]:
    """Make network namespaces, held by descriptors."""
    held = []
    for _ in range(count):
        unshare(NEWNET)
        held.append(os.open("/proc/self/ns/net", os.O_RDONLY))
    return held


def ipc_namespaces(count: int) -> list[int]:
    held = []
    for _ in range(count):
        unshare(NEWIPC)
        held.append(os.open("/proc/self/ns/ipc", os.O_RDONLY))
    return held


def mount_namespaces(count: int) -> list[int]:
    held = []
    for _ in range(count):
        unshare(NEWNS)
        held.append(os.open("/proc/self/ns/mnt", os.O_RDONLY))
    return held


def mounts(kind: str, data: str = "") -> Callable[[int], object]:
    def make(count: int) -> None:
        for number in range(count):
            mount("none", f"{TMP}/m/{number}", kind, 0, data)

    return make


def binds(count: int) -> None:
    for number in range(count):
        mount("/etc", f"{TMP}/m/{number}", "none", 4096)


def overlays(count: int) -> None:
    for name in ("lower", "upper", "work"):
        for number in range(count):
            Path(f"{TMP}/o/{name}/{number}").mkdir(parents=True)
    for number in range(count):
        data = f"lowerdir={TMP}/o/lower/{number},upperdir={TMP}/o/upper/{number},workdir={TMP}/o/work/{number}"
        mount("overlay", f"{TMP}/m/{number}", "overlay", 0, data)


def forked(count: int) -> list[int]:
    """Make processes that do nothing, copies of this one."""
    return [_child() for _ in range(count)]


def _child() -> int:
    pid = os.fork()
    if not pid:
        LIBC.prctl(1, signal.SIGKILL)
        signal.pause()
    return pid


def executed(count: int) -> list[subprocess.Popen[bytes]]:
    """Make processes of a small program, as containers' pause."""
    return [subprocess.Popen(["sleep", "600"], preexec_fn=lambda: LIBC.prctl(1, signal.SIGKILL)) for _ in range(count)]  # noqa: PLW1509


def threads(count: int) -> list[object]:
    threading.stack_size(65536)
    made = [threading.Thread(target=time.sleep, args=(600,), daemon=True) for _ in range(count)]
    for thread in made:
        thread.start()
    return made


def sockets(family: int, kind: int, protocol: int = 0) -> Callable[[int], object]:
    return lambda count: [socket.socket(family, kind, protocol) for _ in range(count)]


def connections(count: int) -> list[object]:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(4096)
    held: list[object] = [server]
    for _ in range(count):
        one = socket.create_connection(server.getsockname())
        held += [one, server.accept()[0]]
    return held


def routes(text: str, setup: tuple[str, ...]) -> Callable[[int], object]:
    def make(count: int) -> None:
        batch([*setup, *(text.format(a=n // 250, b=n % 250 + 1, n=f"{n + 1:x}") for n in range(count))])

    return make


def group_of(pid: int) -> Path:
    """Return where the groups of a worker lie: the memory hierarchy (version 1), or the one there is (version 2)."""
    return (
        next(path for path in (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")) if path.is_dir())
        / f"planner-{pid}"
    )


def cgroups(count: int) -> None:
    """Make control groups; the parent removes them."""
    top = group_of(os.getpid())
    top.mkdir()
    for number in range(count):
        (top / str(number)).mkdir()


def epolls(count: int) -> list[int]:
    return [select.epoll() for _ in range(count)]


def rings(count: int) -> list[int]:
    """Make io_uring instances of 8 entries."""
    held = []
    for _ in range(count):
        parameters = ctypes.create_string_buffer(120)
        held.append(LIBC.syscall(425, 8, parameters))
        if held[-1] < 0:
            raise OSError(ctypes.get_errno(), "io_uring_setup")
    return held


def contexts(count: int) -> list[int]:
    """Make contexts of aio for 128 events."""
    held = []
    for _ in range(count):
        one = ctypes.c_ulong()
        if LIBC.syscall(206, 128, ctypes.byref(one)):
            raise OSError(ctypes.get_errno(), "io_setup")
        held.append(one.value)
    return held


def qdiscs(text: str) -> Callable[[int], object]:
    """Give each of many devices a queueing discipline by a line of ``tc qdisc add dev DEV``."""

    def make(count: int) -> None:
        batch([f"link add q{n} type ifb" for n in range(count)])
        settled()
        lines = "".join(f"qdisc add dev q{n} {text}\n" for n in range(count))
        subprocess.run(["tc", "-force", "-batch", "-"], input=lines, text=True, check=True, capture_output=True)

    return make


def loops(kind: str) -> Callable[[int], object]:
    """Attach loop devices to sparse files; with a ``kind`` of file system also make and mount it."""

    def make(count: int) -> None:
        for number in range(count):
            image = Path(f"{TMP}/i{number}")
            with image.open("wb") as file:
                file.truncate(64 << 20)
            if kind:
                subprocess.run([f"mkfs.{kind}", "-q", image], check=True, capture_output=True)
                subprocess.run(["mount", "-o", "loop", image, f"{TMP}/m/{number}"], check=True, capture_output=True)
            else:
                subprocess.run(["losetup", "-f", image], check=True, capture_output=True)

    return make


UP = (
    "link add d0 type veth peer name d1",
    "link set d1 up",
    "link set d0 up",
    "addr add 10.255.0.1/16 dev d0",
    "addr add fd00::1/32 dev d0 nodad",
)
KINDS: dict[str, tuple[int, int, Callable[[int], object]]] = {
    "netns": (NEWNET, 1000, namespaces),
    "veth": (NEWNET, 1000, links("va{n} type veth peer name vb{n}")),
    "veth-1-queue": (
        NEWNET,
        1000,
        links("va{n} numtxqueues 1 numrxqueues 1 type veth peer name vb{n} numtxqueues 1 numrxqueues 1"),
    ),
    "veth-8-queues": (
        NEWNET,
        500,
        links("va{n} numtxqueues 8 numrxqueues 8 type veth peer name vb{n} numtxqueues 8 numrxqueues 8"),
    ),
    "dummy": (NEWNET, 1000, links("dd{n} type dummy")),
    "bridge": (NEWNET, 500, links("br{n} type bridge")),
    "bridge-port-and-veth": (
        NEWNET,
        900,
        lambda count: batch(
            [
                "link add b0 type bridge mcast_snooping 1",
                *(f"link add p{n} type veth peer name q{n}" for n in range(count)),
                *(f"link set p{n} master b0" for n in range(count)),
            ]
        ),
    ),
    "vlan": (NEWNET, 1000, links("v{n} link d0 type vlan id {n}", setup=UP[:3])),
    "macvlan": (NEWNET, 1000, links("m{n} link d0 type macvlan", setup=UP[:3])),
    "ipvlan": (NEWNET, 1000, links("i{n} link d0 type ipvlan", setup=UP[:3])),
    "vxlan": (NEWNET, 500, links("x{n} type vxlan id {n} dstport 4789", setup=("link set lo up",))),
    "geneve": (NEWNET, 500, links("g{n} type geneve id {n} remote 10.1.{b}.{a}")),
    "bond": (NEWNET, 300, links("bo{n} type bond")),
    "team": (NEWNET, 300, links("te{n} type team")),
    "ifb-without-ipv6": (NEWNET, 500, links("if{n} mtu 1000 type ifb")),
    "ifb-16-tx-queues": (NEWNET, 300, links("if{n} numtxqueues 16 type ifb")),
    "ifb": (NEWNET, 500, links("if{n} type ifb")),
    "vrf": (NEWNET, 300, links("vr{n} type vrf table {n}1")),
    "gre": (NEWNET, 500, links("gr{n} type gre remote 10.1.{b}.{a} local 10.9.9.9")),
    "ipip": (NEWNET, 500, links("ip{n} type ipip remote 10.1.{b}.{a} local 10.9.9.9")),
    "wireguard": (NEWNET, 300, links("wg{n} type wireguard")),
    "tun": (NEWNET, 500, lambda count: batch([f"tuntap add t{n} mode tun" for n in range(count)])),
    "tap": (NEWNET, 500, lambda count: batch([f"tuntap add t{n} mode tap" for n in range(count)])),
    "route4": (NEWNET, 4000, routes("route add 10.{a}.{b}.0/24 via 10.255.0.2", UP)),
    "route6": (NEWNET, 4000, routes("route add fd01:{n}::/64 dev d0", UP)),
    "address4": (NEWNET, 4000, routes("addr add 10.{a}.{b}.1/32 dev d0", UP)),
    "address6": (NEWNET, 2000, routes("addr add fd02::{n}/128 dev d0 nodad", UP)),
    "neighbour4": (NEWNET, 900, routes("neigh add 10.255.{a}.{b} lladdr 02:00:00:00:00:01 dev d0", UP)),
    "mount-tmpfs": (NEWNS, 1000, mounts("tmpfs")),
    "mount-proc": (NEWNS, 1000, mounts("proc")),
    "bind-mount": (NEWNS, 1000, binds),
    "mount-overlay": (NEWNS, 500, overlays),
    "mount-namespace": (NEWNS, 300, mount_namespaces),
    "ipc-namespace": (NEWIPC, 1000, ipc_namespaces),
    "process-forked": (0, 1000, forked),
    "process": (0, 1000, executed),
    "thread": (0, 1000, threads),
    "socket-tcp": (NEWNET, 4000, sockets(socket.AF_INET, socket.SOCK_STREAM)),
    "socket-tcp6": (NEWNET, 4000, sockets(socket.AF_INET6, socket.SOCK_STREAM)),
    "socket-udp": (NEWNET, 4000, sockets(socket.AF_INET, socket.SOCK_DGRAM)),
    "socket-unix": (NEWNET, 4000, sockets(socket.AF_UNIX, socket.SOCK_STREAM)),
    "socket-netlink": (NEWNET, 4000, sockets(socket.AF_NETLINK, socket.SOCK_RAW)),
    "socket-packet": (NEWNET, 4000, sockets(socket.AF_PACKET, socket.SOCK_RAW)),
    "connection-tcp-pair": (NEWNET, 2000, lambda count: (batch(["link set lo up"]), connections(count))),
    "epoll": (0, 4000, epolls),
    "io-uring": (0, 1000, rings),
    "aio-context": (0, 300, contexts),
    "ifb-and-pfifo-fast": (NEWNET, 300, qdiscs("root pfifo_fast")),
    "ifb-and-fq-codel": (NEWNET, 300, qdiscs("root fq_codel")),
    "ifb-and-clsact": (NEWNET, 300, qdiscs("clsact")),
    "mount-ext4-and-loop": (NEWNS, 30, loops("ext4")),
    "cgroup": (0, 500, cgroups),
}


def snapshot() -> tuple[dict[str, tuple[int, int, int, int]], dict[str, int]]:
    """Return slab caches (objects in use, size, slabs, bytes a slab), and fields of meminfo in bytes."""
    caches = {}
    for line in Path("/proc/slabinfo").read_text().splitlines()[2:]:
        words = line.split()
        caches[words[0]] = (int(words[1]), int(words[3]), int(words[14]), int(words[5]) * 4096)
    meminfo = {}
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in FIELDS:
            meminfo[name] = int(value.split()[0]) * 1024
    return caches, meminfo


def settled() -> tuple[dict[str, tuple[int, int, int, int]], dict[str, int]]:
    """Return a snapshot once the kernel has done what it does later: taking namespaces down takes seconds."""
    now, quiet = snapshot(), 0
    for _ in range(120):
        time.sleep(0.5)
        was, now = now, snapshot()
        quiet = quiet + 1 if abs(now[1]["SUnreclaim"] - was[1]["SUnreclaim"]) < 300_000 else 0
        if quiet == 4:
            break
    return now


def measure(kind: str) -> dict[str, object]:
    """Return what one object of ``kind`` costs: bytes by field, objects by cache."""
    flags, count, make = KINDS[kind]
    ready, go = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        _work(flags, count, make, ready[1], go[0])
    os.close(ready[1])  # so that a worker that dies is seen
    os.read(ready[0], 1)
    before = settled()
    os.write(go[1], b"x")
    answer = os.read(ready[0], 4096)
    after = settled()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for end in (ready[0], *go):
        os.close(end)
    top = group_of(pid)
    for path in [*top.iterdir(), top] if top.is_dir() else []:
        if path.is_dir():
            path.rmdir()
    if answer != b"done":
        return {"error": answer.decode() or "the worker died"}
    objects = {}
    for name, (used, size, slabs, bytes_of_slab) in after[0].items():
        was = before[0].get(name, (0, 0, 0, 0))
        each = (used - was[0]) / count
        if abs(each) >= 0.05:
            objects[name] = [round(each, 2), size, round((slabs - was[2]) * bytes_of_slab / count)]
    return {
        "count": count,
        "meminfo": {name: round((after[1][name] - before[1][name]) / count) for name in FIELDS},
        "objects": objects,
    }


def _work(flags: int, count: int, make: Callable[[int], object], ready: int, go: int) -> None:
    """Make them, and wait to be killed."""
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
        if flags:
            unshare(flags)
        if flags & NEWNS:
            mount("none", TMP, "tmpfs")
            for number in range(count):
                Path(f"{TMP}/m/{number}").mkdir(parents=True)
        os.write(ready, b"r")
        os.read(go, 1)
        held = make(count)
        os.write(ready, b"done")
        signal.pause()
        del held
    except Exception as error:  # noqa: BLE001 - the parent says it
        detail = getattr(error, "stderr", "") or ""
        os.write(ready, f"{error} {detail}"[:1000].encode())
    os._exit(1)


def main() -> None:
    """Measure the kinds named, or all."""
    found = {kind: measure(kind) for kind in sys.argv[1:] or KINDS}
    json.dump(
        {"kernel": platform.release(), "machine": platform.machine(), "cpus": os.cpu_count(), "kinds": found},
        sys.stdout,
        indent=1,
    )


if __name__ == "__main__":
    main()
