"""Network devices by kind and queues, and routes."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from planner.observe.netlink import Link, links
from planner.observe.root import Root
from planner.observe.seen import seen
from planner.plugin import Observation

_SAME: Final = tuple(
    """
    dummy veth vlan macvlan ipvlan bridge bond team tun tap vxlan geneve gre gretap erspan ip6gre ipip sit ip6tnl vti vrf
    wireguard macsec ifb nlmon netkit vcan gtp bareudp ppp
    """.split()  # noqa: SIM905 - a list literal would take a line a word
)
_KINDS: Final = {
    **{name: name for name in _SAME},
    "macvtap": "macvlan",
    "ipvtap": "ipvlan",
    "ip6gretap": "ip6gre",
    "ip6erspan": "ip6gre",
    "vti6": "vti",
    "xfrm": "xfrm-interface",
    "dsa": "dsa-port",
    "vxcan": "vcan",
    "": "nic",
}
"""The kernel's device kinds → planner's consumers."""
_IP_LINK: Final = (
    "sos_commands/networking/ip_-s_-d_link",
    "sos_commands/networking/ip_-d_address",
    "sos_commands/networking/ip_-d_link",
)
_HEADER: Final = re.compile(r"(\d{1,7}): ([^:@\s]{1,64})(?:@[^:\s]{1,64})?: <")
_QUEUES: Final = re.compile(r"\bnum(tx|rx)queues (\d{1,5})")
_DETAIL: Final = re.compile(r"    ([a-z][\w-]{1,20})(?: |$)")
_NO_KIND: Final = frozenset({"link", "inet", "inet6", "altname", "alias", "vf", "prog", "numtxqueues"})
_LOOPBACK: Final = "lo"
_MAXIMUM_ROUTES: Final = 64 << 20


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each kind of device with its number, and the routes."""
    found, source = _links(root)
    counts: Counter[tuple[str, tuple[tuple[str, Any], ...]]] = Counter()
    for link in found:
        kind = _KINDS.get(link.kind)
        if link.name == _LOOPBACK:
            continue
        if kind is None:
            root.cut.append(f"network device {link.name}: planner has no consumer for kind {link.kind[:20]}")
            continue
        counts[kind, tuple(_parameters(root, kind, link))] += 1
        if link.kind == "veth" and link.peer_elsewhere:
            counts["veth", ()] += 1
    for (kind, parameters), count in sorted(counts.items()):
        name = " ".join([kind, *(f"{key}={value}" for key, value in parameters)])
        yield seen("consumer", {"kind": kind, "name": name, "count": count, **dict(parameters)}, source)
    yield from _routes(root)


def _links(root: Root) -> tuple[list[Link], str]:
    if root.live:
        try:
            return links(), "rtnetlink: devices of this network namespace, and the other ends of its veths"
        except OSError as error:
            root.note("rtnetlink", error)
    for name in _IP_LINK:
        text = root.text(name, 1 << 24)
        if text:
            return list(_from_ip_link(text)), f"/{name}"
    return [_from_sysfs(root, name) for name in root.names("sys/class/net")], "/sys/class/net"


def _from_ip_link(text: str) -> Iterator[Link]:
    """Read ``ip -d link``: a device's kind is the first word of one of its indented lines."""
    name, kind, queues = "", "", {"tx": 1, "rx": 1}
    for line in [*text.split("\n"), "0: end: <"]:
        header = _HEADER.match(line)
        if header is not None:
            if name:
                yield Link(0, name, kind, queues["tx"], queues["rx"], 0, peer_elsewhere=False)
            name, kind, queues = header[2], "", {"tx": 1, "rx": 1}
            continue
        detail = _DETAIL.match(line)
        if detail is not None and not kind and detail[1] in _KINDS and detail[1] not in _NO_KIND:
            kind = detail[1]
        for which, number in _QUEUES.findall(line):
            queues[which] = int(number)


def _from_sysfs(root: Root, name: str) -> Link:
    """Tell the kind by what sysfs has of it; veth and dummy only by their usual names."""
    base = f"sys/class/net/{name}"
    event = root.text(f"{base}/uevent", 4096) or ""
    found = re.search(r"^DEVTYPE=(\w{1,20})", event, re.MULTILINE)
    kind = found[1] if found is not None and found[1] in _KINDS else ""
    flags = root.line(f"{base}/tun_flags")
    if flags is not None:
        kind = "tap" if int(flags, 0) & 2 else "tun" if flags.startswith("0x") else kind
    if not kind and not root.exists(f"{base}/device"):
        kind = next((word for word in ("veth", "dummy", "ifb", "tun", "sit", "gre") if name.startswith(word)), "")
    queues = root.names(f"{base}/queues")
    count = {which: sum(1 for queue in queues if queue.startswith(which)) for which in ("tx", "rx")}
    return Link(0, name, kind, count["tx"], count["rx"], 0, peer_elsewhere=False)


def _parameters(root: Root, kind: str, link: Link) -> Iterator[tuple[str, Any]]:
    if kind == "nic":
        yield "tx_queues", max(1, min(link.tx_queues, 65536))
        yield "rx_queues", max(1, min(link.rx_queues, 65536))
        vectors = len(root.names(f"sys/class/net/{link.name}/device/msi_irqs"))
        yield "vectors", max(1, vectors)
    if kind == "bridge":
        yield "ports", len(root.names(f"sys/class/net/{link.name}/brif"))


def _routes(root: Root) -> Iterator[Observation]:
    text = root.text("proc/net/ipv6_route", _MAXIMUM_ROUTES)
    if text and text.strip():
        value = {"kind": "route6", "name": "IPv6 routes", "count": text.count("\n")}
        yield seen("consumer", value, "/proc/net/ipv6_route: one line a route, of this network namespace")
    text = root.text("proc/net/route", _MAXIMUM_ROUTES)
    if text:
        hops = {tuple(line.split()[i] for i in (0, 2)) for line in text.split("\n")[1:] if len(line.split()) > 7}
        if hops:
            value = {"kind": "route4", "name": "IPv4 next hops", "count": len(hops)}
            yield seen("consumer", value, "/proc/net/route: routes with the same next hop share it")
