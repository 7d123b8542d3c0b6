"""Network devices by kind and queues, and routes."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from planner.observe.namespaces import look_into, network_namespaces
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
_HEADER: Final = re.compile(r"(\d{1,7}): ([^:@\s]{1,64})(?:@(?:if(\d{1,9})|[^:\s]{1,64}))?: <")
"""A lower device that ``ip`` cannot name is in another namespace, and stands there as ``ifINDEX``."""
_QUEUES: Final = re.compile(r"\bnum(tx|rx)queues (\d{1,5})")
_DETAIL: Final = re.compile(r"    ([a-z][\w-]{1,20})(?: |$)")
_NO_KIND: Final = frozenset({"link", "inet", "inet6", "altname", "alias", "vf", "prog", "numtxqueues"})
_SOS_NAMESPACES: Final = "sos_commands/networking/namespaces"
_TAP: Final = 2
_LOOPBACK: Final = "lo"
_MAXIMUM_ROUTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class _Space:
    """One network namespace: its devices, and the texts of its route tables (empty where they are not known)."""

    links: tuple[Link, ...]
    route: str = ""
    ipv6_route: str = ""


def read(root: Root) -> Iterator[Observation]:
    """Yield a consumer for each kind of device with its number, and the routes, of every network namespace that can be seen."""
    spaces, source = _spaces(root)
    counts: Counter[tuple[str, tuple[tuple[str, Any], ...]]] = Counter()
    for space in spaces:
        ports = Counter(link.master for link in space.links if link.master)
        for link in space.links:
            kind = _KINDS.get(link.kind)
            if link.name == _LOOPBACK:
                continue
            if kind is None:
                root.cut.append(f"network device {link.name}: planner has no consumer for kind {link.kind[:20]}")
                continue
            counts[kind, tuple(_parameters(root, kind, link, ports[link.index]))] += 1
    if counts["veth", ()]:
        counts["veth", ()] = -(-(counts["veth", ()] + _hidden_ends(spaces)) // 2)  # the consumer is a pair
    for (kind, parameters), count in sorted((+counts).items()):
        name = " ".join([kind, *(f"{key}={value}" for key, value in parameters)])
        yield seen("consumer", {"kind": kind, "name": name, "count": count, **dict(parameters)}, source)
    yield from _routes(spaces)


def _spaces(root: Root) -> tuple[list[_Space], str]:
    """Return each network namespace with what is in it; only one is known where rtnetlink cannot be asked."""
    if root.live:
        try:
            own = _space_here()
        except OSError as error:
            root.note("rtnetlink", error)
        else:
            others, closed = look_into([*network_namespaces(root).values()][1:], _space_here)
            if closed:
                root.denied["network namespaces"] = f"{closed} of {closed + len(others)} others could not be entered"
            where = f"this network namespace and {len(others)} others" if others else "this network namespace"
            return [own, *others], f"rtnetlink: devices of {where}, veths in pairs"
    for name in _IP_LINK:
        text = root.text(name, 1 << 24)
        if text:
            return _copied_spaces(root, text), f"/{name}, and of named namespaces"
    return [_Space(tuple(_from_sysfs(root)), *_route_texts(root, "proc/net"))], "/sys/class/net"


def _space_here() -> _Space:
    """Look at the network namespace that this thread is in."""
    return _Space(tuple(links()), *_route_texts(Root(), "proc/thread-self/net"))


def _copied_spaces(root: Root, text: str) -> list[_Space]:
    """Read what a sosreport has: of the system's own namespace, and of each named one."""
    spaces = [_Space(tuple(_from_ip_link(text)), *_route_texts(root, "proc/net"))]
    for name in root.names(_SOS_NAMESPACES):
        inside = root.text(f"{_SOS_NAMESPACES}/{name}/ip_netns_exec_{name}_ip_-d_address_show", 1 << 24)
        if inside:
            spaces.append(_Space(tuple(_from_ip_link(inside))))
    return spaces


def _route_texts(root: Root, place: str) -> tuple[str, str]:
    return root.text(f"{place}/route", _MAXIMUM_ROUTES) or "", root.text(f"{place}/ipv6_route", _MAXIMUM_ROUTES) or ""


def _hidden_ends(spaces: list[_Space]) -> int:
    """Count ends of veths in namespaces that were not looked into: both ends name each other's index."""
    ends = Counter(
        (link.index, link.lower)
        for space in spaces
        for link in space.links
        if link.kind == "veth" and link.peer_elsewhere
    )
    hidden = sum(max(0, count - ends[other, one]) for (one, other), count in ends.items() if one != other)
    return hidden + sum(count % 2 for (one, other), count in ends.items() if one == other)


def _from_ip_link(text: str) -> Iterator[Link]:
    """Read ``ip -d link``: a device's kind is the first word of one of its indented lines."""
    header: re.Match[str] | None = None
    kind, queues = "", {"tx": 1, "rx": 1}
    for line in [*text.split("\n"), "0: end: <"]:
        following = _HEADER.match(line)
        if following is not None:
            if header is not None:
                lower = header[3]
                yield Link(
                    index=int(header[1]),
                    name=header[2],
                    kind=kind,
                    tx_queues=queues["tx"],
                    rx_queues=queues["rx"],
                    lower=int(lower or 0),
                    peer_elsewhere=lower is not None,
                )
            header, kind, queues = following, "", {"tx": 1, "rx": 1}
            continue
        detail = _DETAIL.match(line)
        if detail is not None and not kind and detail[1] in _KINDS and detail[1] not in _NO_KIND:
            kind = detail[1]
        for which, number in _QUEUES.findall(line):
            queues[which] = int(number)


def _from_sysfs(root: Root) -> Iterator[Link]:
    """Tell the kinds by what sysfs has of them; veth and dummy only by their usual names."""
    found = []
    for name in root.names("sys/class/net"):
        base = f"sys/class/net/{name}"
        queues = root.names(f"{base}/queues")
        tx, rx = (sum(1 for queue in queues if queue.startswith(which)) for which in ("tx", "rx"))
        index, lower = (root.number(f"{base}/{file}") or 0 for file in ("ifindex", "iflink"))
        found.append(Link(index, name, _kind_in_sysfs(root, name), tx, rx, lower, peer_elsewhere=False))
    ends = {(link.index, link.lower) for link in found}
    for link in found:
        elsewhere = link.index != link.lower and (link.lower, link.index) not in ends
        yield replace(link, peer_elsewhere=link.kind == "veth" and elsewhere)


def _kind_in_sysfs(root: Root, name: str) -> str:
    base = f"sys/class/net/{name}"
    event = root.text(f"{base}/uevent", 4096) or ""
    found = re.search(r"^DEVTYPE=(\w{1,20})", event, re.MULTILINE)
    kind = found[1] if found is not None and found[1] in _KINDS else ""
    flags = root.line(f"{base}/tun_flags") or ""
    if re.fullmatch(r"0x[0-9a-f]{1,8}", flags):
        return "tap" if int(flags, 0) & _TAP else "tun"
    if not kind and not root.exists(f"{base}/device"):
        kind = next((word for word in ("veth", "dummy", "ifb", "tun", "sit", "gre") if name.startswith(word)), "")
    return kind


def _parameters(root: Root, kind: str, link: Link, ports: int) -> Iterator[tuple[str, Any]]:
    if kind == "nic":
        yield "tx_queues", max(1, min(link.tx_queues, 65536))
        yield "rx_queues", max(1, min(link.rx_queues, 65536))
        vectors = len(root.names(f"sys/class/net/{link.name}/device/msi_irqs"))
        yield "vectors", max(1, vectors)
    if kind == "bridge":
        yield "ports", ports or (0 if link.index else len(root.names(f"sys/class/net/{link.name}/brif")))


def _routes(spaces: list[_Space]) -> Iterator[Observation]:
    where = "of this network namespace" if len(spaces) == 1 else f"of {len(spaces)} network namespaces"
    count = sum(space.ipv6_route.count("\n") for space in spaces)
    if count:
        value = {"kind": "route6", "name": "IPv6 routes", "count": count}
        yield seen("consumer", value, f"/proc/net/ipv6_route: one line a route, {where}")
    hops = sum(_next_hops(space.route) for space in spaces)
    if hops:
        value = {"kind": "route4", "name": "IPv4 next hops", "count": hops}
        yield seen("consumer", value, f"/proc/net/route: routes with the same next hop share it, {where}")


def _next_hops(text: str) -> int:
    rows = [line.split() for line in text.split("\n")[1:]]
    return len({(row[0], row[2]) for row in rows if len(row) > 7})
