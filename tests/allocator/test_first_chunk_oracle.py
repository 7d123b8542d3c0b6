"""The first chunk against a second, plain way to work it out, step by step from the kernel's rules: any topology, lines included."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.allocator.architecture import Architecture, NodeDistance, VmallocRange
from planner.allocator.first_chunk import UNKNOWN_ADDRESS, set_up
from planner.allocator.kernel_version import KernelVersion

VERSIONS = (
    "2.6.32",
    "2.6.36",
    "3.2",
    "3.10",
    "4.4",
    "4.6",
    "4.9",
    "4.14",
    "5.1",
    "5.4",
    "5.11",
    "5.12",
    "6.1",
    "6.2",
    "6.6",
    "6.18",
)
PAGES = (4096, 16384, 65536)


def up(number, multiple):
    return -(-number // multiple) * multiple


@dataclass
class Machine:
    """What a boot depends on, as drawn."""

    version: str
    bits: int
    page: int
    atom: int
    static: int
    reserved: int
    dynamic: int
    cpus: tuple[int, ...]
    nodes: dict[int, int]
    table: tuple[tuple[int, ...], ...]
    total: int
    addresses: tuple[int, ...]
    page_method: bool
    words: tuple[str, ...]

    @property
    def at(self):
        numbers = [int(part) for part in self.version.split(".")]
        return tuple(numbers)

    def distance(self, one, other):
        return self.table[self.nodes.get(one, 0)][self.nodes.get(other, 0)]


def early_size(at):
    if at < (2, 6, 36):
        return 0
    return 12288 if at < (6, 2) else 20480 if at < (6, 6) else 20 << 10


def sizes(drawn, dynamic):
    """Static, reserved and dynamic rounded up to whole pages; the smallest unit."""
    wanted = max(dynamic, early_size(drawn.at))
    whole = up(drawn.static + drawn.reserved + wanted, drawn.page)
    if drawn.at >= (2, 6, 36) or dynamic:
        dynamic = whole - drawn.static - drawn.reserved
    least = up(65536 if drawn.at < (2, 6, 37) else 32768, drawn.page)
    return whole, dynamic, max(whole, least)


def groups_of(drawn):
    """Lists of CPUs: with the leader's neighbours from 5.12 on, before that with the first list in which all are neighbours."""
    near = lambda a, b: drawn.distance(a, b) == drawn.distance(b, a) == 10  # noqa: E731 - local to the rule
    found = []
    if drawn.at >= (5, 12):
        left = sorted(drawn.cpus)
        while left:
            members = [left[0]] + [cpu for cpu in left[1:] if near(left[0], cpu)]
            found.append(members)
            left = [cpu for cpu in left if cpu not in members]
        return found
    for cpu in sorted(drawn.cpus):
        home = next(
            (g for g in found if all(drawn.distance(cpu, o) <= 10 and drawn.distance(o, cpu) <= 10 for o in g)), None
        )
        if home is None:
            found.append([cpu])
        else:
            home.append(cpu)
    return found


def best_upa(drawn, alloc, least, groups):
    """Units in an allocation: as many as waste at most a third of the CPUs and need no more allocations."""
    fits = lambda upa: alloc % upa == 0 and (alloc // upa) % drawn.page == 0  # noqa: E731 - local to the rule
    most = alloc // least
    while not fits(most):
        most -= 1
    best, fewest = None, None
    for upa in range(most, 0, -1):
        if not fits(upa):
            continue
        allocations = sum(-(-len(group) // upa) for group in groups)
        if allocations * upa - len(drawn.cpus) > len(drawn.cpus) // 3:
            continue
        if fewest is not None and allocations > fewest:
            break
        best, fewest = upa, allocations
    return best


def prefix(drawn):
    return "percpu: " if drawn.at >= (4, 6) else "PERCPU: "


def at_sign(drawn, address):
    """The address of the Embedded line: none from 5.1 on, (hashed from 4.15 on: not drawn), else as wide as printk makes a pointer."""
    if drawn.at >= (5, 1):
        return ""
    return f"@{address} "


def dump(drawn, groups, unit, upa, alloc, dynamic, atom):  # noqa: PLR0917 - the figures that the lines show
    head = f"pcpu-alloc: s{drawn.static} r{drawn.reserved} d{dynamic} u{unit} alloc={alloc // atom}*{atom}"
    group_width, cpu_width = len(str(len(groups))), len(str(len(drawn.cpus)))
    width = upa * (cpu_width + 1) + group_width + 3
    per_line, room = 1, max(60 // width, 1)
    while per_line * 2 <= room:
        per_line *= 2
    pieces = []
    for number, group in enumerate(groups):
        for start in range(0, len(group), upa):
            members = group[start : start + upa]
            shown = [f"{cpu:0{cpu_width}d} " for cpu in members] + ["-" * min(cpu_width, 8) + " "] * (
                upa - len(members)
            )
            pieces.append(f"[{number:0{group_width}d}] " + "".join(shown))
    return [head] + ["pcpu-alloc: " + "".join(pieces[k : k + per_line]) for k in range(0, len(pieces), per_line)]


def expected(drawn):
    """Method, groups with units, and all lines."""
    method = next((word for word in reversed(drawn.words) if word != "page" or drawn.page_method), None)
    log = [
        f"{prefix(drawn)}unknown allocator {word} specified"
        for word in drawn.words
        if word == "page" and not drawn.page_method
    ]
    if method != "page":
        whole, dynamic, least = sizes(drawn, drawn.dynamic)
        groups = groups_of(drawn)
        alloc = up(least, drawn.atom)
        upa = best_upa(drawn, alloc, least, groups)
        unit = alloc // upa
        offsets = [address - min(drawn.addresses[: len(groups)]) for address in drawn.addresses[: len(groups)]]
        if drawn.at >= (4, 9):
            last = max(range(len(groups)), key=lambda number: offsets[number])
            reach = offsets[last] + unit * up(len(groups[last]), upa)
        else:
            reach = max(offsets) + unit
        far = reach > ((drawn.total * 3) % 2**drawn.bits) // 4
        if far:
            log.append(f"{prefix(drawn)}max_distance={reach:#x} too large for vmalloc space {drawn.total:#x}")
        if not far or not drawn.page_method:
            base = min(drawn.addresses[: len(groups)])
            shown = at_sign(drawn, f"{base:0{drawn.bits // 4}x}" if drawn.at < (4, 15) else UNKNOWN_ADDRESS)
            line = f"{prefix(drawn)}Embedded {whole // drawn.page} pages/cpu {shown}s{drawn.static} r{drawn.reserved} d{dynamic} u{unit}"
            return "embed", groups, unit, [*log, line, *dump(drawn, groups, unit, upa, alloc, dynamic, drawn.atom)]
        owner = "PERCPU: " if drawn.at < (2, 6, 33) else "setup_percpu: "
        log.append(f"{owner}{method or 'auto'} allocator failed (-22), falling back to page size")
    whole, dynamic, least = sizes(drawn, 0)
    if drawn.at < (2, 6, 36):
        dynamic = whole - drawn.static - drawn.reserved  # "automatic"
    alloc = up(least, drawn.page)
    groups = [sorted(drawn.cpus)]
    upa = best_upa(drawn, alloc, least, groups)
    unit = alloc // upa
    area = at_sign(drawn, UNKNOWN_ADDRESS)
    line = f"{prefix(drawn)}{unit // drawn.page} {drawn.page >> 10}K pages/cpu {area}s{drawn.static} r{drawn.reserved} d{dynamic}"
    return "page", groups, unit, [*log, line, *dump(drawn, groups, unit, upa, alloc, dynamic, drawn.page)]


@st.composite
def machines(draw):
    bits, page = draw(st.sampled_from((32, 64))), draw(st.sampled_from(PAGES))
    cpus = tuple(sorted(draw(st.sets(st.integers(0, 300), min_size=2, max_size=40))))
    count = draw(st.integers(1, 6))
    # nodes without a CPU are drawn too; distances are any, also asymmetric, nearer than local and far within a node
    usual = st.sampled_from((10, 10, 10, 16, 20, 21, 40, 9, 255))
    table = tuple(
        tuple(10 if a == b and draw(st.integers(0, 9)) else draw(usual) for b in range(count)) for a in range(count)
    )
    step = draw(st.sampled_from((page, 1 << 20, 1 << 21, 1 << 28)))
    return Machine(
        version=draw(st.sampled_from(VERSIONS)),
        bits=bits,
        page=page,
        atom=draw(st.sampled_from((page, max(page, 1 << 20), max(page, 1 << 21), max(page, 1 << 22)))),
        static=draw(st.one_of(st.integers(4, 400_000), st.integers(1_000_000, 9_000_000))),
        reserved=draw(st.sampled_from((0, 8192, 65536))),
        dynamic=draw(st.sampled_from((12288, 20480, 28672, 28 << 12))),
        cpus=cpus,
        nodes={cpu: draw(st.integers(0, count - 1)) for cpu in cpus},
        table=table,
        total=draw(st.sampled_from((120 << 20, 1 << 29, 2 << 30, (1 << 45) - 1 if bits == 64 else (3 << 29)))),
        addresses=tuple((1 << 22) + draw(st.integers(0, 1 << 10)) * step for _ in range(40)),
        page_method=draw(st.booleans()),
        words=tuple(draw(st.lists(st.sampled_from(("embed", "page")), max_size=2))),
    )


@settings(max_examples=150, deadline=None)
@given(machines())
def test_any_machine(drawn):
    architecture = Architecture(
        name="test",
        bits=drawn.bits,
        page_size=drawn.page,
        atom_size=drawn.atom,
        reserved=drawn.reserved,
        dynamic=drawn.dynamic,
        vmalloc=VmallocRange(start=0, end=drawn.total, basis="assumed", source="test"),
        page=drawn.page_method,
        distance=NodeDistance(drawn.nodes, drawn.table),
        fallback_prefix="PERCPU: " if drawn.at < (2, 6, 33) else "setup_percpu: ",
    )
    mode, groups, unit, lines = expected(drawn)
    version = KernelVersion.parse(drawn.version)
    if version.release >= (4, 14, 0) and drawn.reserved % 4:
        return
    chunk = set_up(
        version,
        architecture,
        cpus=drawn.cpus,
        static=drawn.static,
        words=drawn.words,
        area_addresses=drawn.addresses[: len(groups_of(drawn))],
    )
    assert chunk.ok, chunk.bug
    assert chunk.layout.mode == mode
    assert [[cpu for cpu in group.cpus if cpu is not None] for group in chunk.layout.groups] == groups
    assert chunk.layout.unit_size == unit
    assert [text for _level, text in chunk.log] == lines
