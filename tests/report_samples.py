"""Hand-made reports for the tests of formats and gates: numbers are plausible, none is asserted to be the model's."""

from dataclasses import replace

from planner.report.model import (
    AdviceInfo,
    AreaView,
    Assumption,
    BurstInfo,
    ChunkView,
    ChurnInfo,
    CompetitionInfo,
    ConsumerInfo,
    Document,
    FirstChunkInfo,
    GateInfo,
    Limit,
    PercpuInfo,
    Piece,
    PlannerInfo,
    Problem,
    Report,
    ScaleInfo,
    SpaceView,
    Stop,
    SystemInfo,
    Variant,
    Verdict,
)

VERSION = PlannerInfo(version="1.2.3")
OLD_LINE = "PERCPU: allocation failed, size=92 align=256, failed to allocate new chunk"
_UNTOLD = ("memory used by others",)

WORKQUEUE_PIECE = Piece(
    what="struct cpu_workqueue_struct",
    size=92,
    align=256,
    count=1,
    area=256,
    gfp="GFP_KERNEL",
    reserved=False,
    accounted=False,
    source="kernel/workqueue.c:alloc_cwqs",
)


def laptop() -> Report:
    """A 32-bit laptop with one consumer that the vmalloc space stops; the count is calibrated."""
    experiment = ConsumerInfo(
        name="experiment",
        kind="workqueue",
        count=100,
        fits=198634,
        more=198534,
        bytes_per_cpu=9200,
        bytes_total=18400,
        stops=Stop(limit="vmalloc", reason="failed to allocate new chunk", kernel_log=(OLD_LINE,)),
        basis="calibrated",
        unit="workqueue",
        share=0.359375,
        rounding_bytes=16400,
        kernel_memory_bytes=33600,
        pieces=(WORKQUEUE_PIECE,),
        placed=100,
        line=31,
    )
    return Report(
        system=SystemInfo(
            name="Ubuntu 12.04 i386 on a Core 2 Duo P8700",
            arch="x86",
            bits=32,
            kernel="3.2.0-51-generic",
            cpus_possible=2,
            cpus_online=2,
            nodes=1,
            ram=4 << 30,
        ),
        first_chunk=FirstChunkInfo(
            mode="embed",
            boot_log=("PERCPU: Embedded 13 pages/cpu @f77d1000 s31616 r0 d21632 u53248",),
            pages_per_cpu=13,
            static=31616,
            reserved=0,
            dynamic=21632,
            unit_size=53248,
            units=2,
            groups=1,
            alloc_size=106496,
            atom_size=4096,
            unit_map=(0, 1),
            basis="declared",
        ),
        percpu=PercpuInfo(
            meminfo_bytes=212992,
            chunks=2,
            populated_pages=26,
            metadata_bytes=2112,
            address_bytes=106496,
            page_table_bytes=8192,
            free_populated_bytes=21000,
            empty_populated_pages=4,
            per_node=((0, 212992),),
        ),
        consumers=(experiment,),
        limits=(
            Limit(
                name="vmalloc",
                what="vmalloc space",
                used=21 << 20,
                total=128 << 20,
                unit="bytes",
                basis="calibrated",
                source="x86, 32 bits: 128 MiB unless vmalloc= says otherwise",
            ),
            Limit(name="ram", what="memory", used=300 << 20, total=4 << 30, unit="bytes", basis="declared"),
            Limit(name="size", what="largest allocation", used=None, total=32768, unit="bytes", basis="modelled"),
        ),
        advice=(
            AdviceInfo(
                change="enlarge the vmalloc space",
                fits_after=471848,
                consumer="experiment",
                fits_before=198634,
                paste="vmalloc=256M",
                advisor="vmalloc",
            ),
            AdviceInfo(change="upgrade to Linux 6.6", fits_after=None, consumer="experiment", fits_before=198634),
        ),
        gates=(
            GateInfo(
                name="headroom",
                kind="headroom",
                level="error",
                passed=True,
                expected="at least 20.0 % free for experiment",
                found="99.9 % free",
                margin="+79.9 %",
                file="laptop.toml",
                line=40,
            ),
        ),
        assumptions=(
            Assumption(
                what="vmalloc space in use by others",
                value="25.1 MiB",
                basis="calibrated",
                source="planner calibrate --observed 198634",
            ),
            Assumption(what="cpu_possible", value="0-1", basis="declared", source="the profile"),
        ),
        verdict=Verdict(
            headline="198,534 more of experiment fit (198,634 in all)",
            breaks_first="experiment",
            reason="the vmalloc space is full",
            kernel_log=(OLD_LINE,),
            best_change="vmalloc=256M: 471,848 of experiment fit (+273,214)",
        ),
        chunks=(
            ChunkView(
                index=0,
                label="first chunk",
                free_bytes=0,
                populated_pages=13,
                pages=13,
                areas=(
                    AreaView(start=0, end=31616, state="static"),
                    AreaView(start=31616, end=53248, state="experiment"),
                ),
            ),
            ChunkView(
                index=1,
                label="",
                free_bytes=49152,
                populated_pages=2,
                pages=13,
                areas=(
                    AreaView(start=0, end=4096, state="experiment"),
                    AreaView(start=4096, end=8192, state="free"),
                    AreaView(start=8192, end=53248, state="unpopulated"),
                ),
                address=0xF8800000,
            ),
        ),
        space=(
            SpaceView(start=0xF8000000, end=0xF9900000, what="other areas"),
            SpaceView(start=0xF9900000, end=0xFFC00000, what="free"),
        ),
        warnings=("the boot line says a page-sized atom where plain 3.2.0 uses a PMD-sized one; the boot line counts",),
        profile="seeds/answerer-3.2-core2duo",
        planner=VERSION,
    )


def _veth(count: int, fits: int) -> ConsumerInfo:
    line = "percpu: allocation failed, size=576 align=8 atomic=0, alloc from reserved chunk failed"
    return ConsumerInfo(
        name="veth",
        kind="veth",
        count=count,
        fits=fits,
        more=fits - count,
        bytes_per_cpu=count * 576,
        bytes_total=count * 576 * 256,
        stops=Stop(limit="ram", reason="no memory for pages", kernel_log=(line,)),
        unit="device",
        share=0.6,
        rounding_bytes=12,
        fits_range=(fits - 500, fits + 500),
        depends_on=_UNTOLD,
    )


def node() -> Report:
    """A big node with several consumers, a range, a composite, many chunks, two what-ifs and every kind of gate outcome."""
    base = laptop()
    pod = ConsumerInfo(
        name="pod",
        kind="pod",
        count=250,
        fits=None,
        more=None,
        bytes_per_cpu=250 * 4096,
        bytes_total=250 * 4096 * 256,
        stops=None,
        basis="assumed",
        share=0.4,
        parts=(replace(_veth(250, 9000), name="pod/veth", share=0.1), replace(_veth(250, 9000), name="pod/cgroup")),
    )
    gates = (
        _gate("fits", passed=True, expected="at least 1,000 of veth", found="12,000 of veth", margin="+11,000", line=7),
        _gate(
            "headroom",
            passed=False,
            expected="at least 20.0 % free for veth",
            found="16.6 % free",
            margin="-3.4 %",
            line=12,
            remedy="nr_cpus=128: 24,000 of veth fit",
        ),
        _gate(
            "soft", level="warn", kind="budget", passed=False, expected="at most 1 MiB", found="2 MiB", margin="-1 MiB"
        ),
        _gate(
            "old", kind="budget", passed=False, expected="at most 1 MiB", found="2 MiB", waived="until the move, OPS-7"
        ),
        _gate("regression", passed=None, expected="no worse than base.json", found="base.json cannot be read", line=30),
        _gate("burst", level="off", passed=None, expected="256 at once", found="not asked"),
    )
    first = replace(
        base.first_chunk,
        boot_log=(
            "percpu: Embedded 60 pages/cpu s208896 r8192 d28672 u262144",
            "pcpu-alloc: s208896 r8192 d28672 u262144 alloc=1*2097152",
        ),
        pages_per_cpu=60,
        static=208896,
        reserved=8192,
        dynamic=28672,
        unit_size=262144,
        units=256,
        groups=2,
        alloc_size=64 << 20,
        atom_size=2 << 20,
        unit_map=tuple(range(248)) + (None,) * 8,
        basis="modelled",
    )
    full = ChunkView(
        index=1,
        label="",
        free_bytes=128,
        populated_pages=64,
        pages=64,
        areas=(AreaView(start=0, end=262144, state="veth"),),
    )
    report = replace(
        base,
        system=SystemInfo(
            name="dense node",
            arch="x86",
            bits=64,
            kernel="6.8.0-45-generic",
            cpus_possible=248,
            cpus_online=64,
            nodes=2,
            ram=1 << 40,
        ),
        first_chunk=first,
        percpu=PercpuInfo(
            meminfo_bytes=3 << 30,
            chunks=48,
            populated_pages=3072,
            metadata_bytes=480000,
            address_bytes=3 << 30,
            page_table_bytes=6 << 20,
            wasted_units_bytes=96 << 20,
            offline_bytes=2 << 30,
            free_populated_bytes=1234,
            empty_populated_pages=3,
            per_node=((0, 1 << 30), (1, 2 << 30)),
        ),
        consumers=(_veth(10000, 12000), pod),
        gates=gates,
        advice=(
            AdviceInfo(
                change="count only the CPUs that exist",
                fits_after=24000,
                consumer="veth",
                fits_before=12000,
                paste="nr_cpus=128",
                advisor="cpus",
            ),
        ),
        verdict=Verdict(
            headline="2,000 more of veth fit (11,500 to 12,500 in all)",
            breaks_first="veth",
            reason="no memory for pages",
            kernel_log=("percpu: allocation failed, size=576 align=8 atomic=0, failed to populate",),
            best_change="nr_cpus=128: 24,000 of veth fit (+12,000)",
        ),
        chunks=(
            replace(base.chunks[0], areas=_first_areas(), pages=64, populated_pages=60),
            replace(full, repeats=46),
            replace(full, index=47, free_bytes=4096),
        ),
        space=(),
        warnings=(),
        profile="profiles/node.toml",
        scale=ScaleInfo(
            factor=1.15,
            rounds=4600,
            round=(("veth", 40), ("pod", 1)),
            stops=None,
            rounds_range=(4400, 4800),
            factor_range=(1.1, 1.2),
            depends_on=_UNTOLD,
        ),
        competition=CompetitionInfo(
            first="veth",
            seconds=864000.0,
            counts=(("veth", 11000), ("pod", 300)),
            stops=None,
            seconds_range=(777600.0, None),
            counts_range=(("veth", 10900, None), ("pod", 300, None)),
            depends_on=(*_UNTOLD, "RAM (memory.ram): not declared"),
        ),
        bursts=(
            _burst("veth", made=100, largest=900, line=""),
            _burst(
                "pod",
                made=57,
                largest=57,
                line="percpu: allocation failed, size=8 align=8 atomic=1, atomic alloc failed",
            ),
        ),
        churns=(
            ChurnInfo(
                consumer="pod",
                peak=1000,
                cycles=3,
                seeds=5,
                peak_bytes=(3 << 30, 3 << 30, 4 << 30),
                after_bytes=(1 << 30, 3 << 29, 2 << 30),
                fragmentation=(0.1, 0.25, 0.5),
            ),
        ),
    )
    more = replace(report, consumers=(_veth(10000, 24000), pod), variants=(), gates=())
    fewer = replace(report, consumers=(_veth(40000, 12000), pod), variants=(), gates=())
    return replace(
        report,
        variants=(
            Variant(sets=(("cpus.possible", "128"),), report=more),
            Variant(sets=(("consumer.veth.count", "40000"), ("memory.ram", "2TiB")), report=fewer),
        ),
    )


def _burst(consumer: str, *, made: int, largest: int, line: str) -> BurstInfo:
    return BurstInfo(
        consumer=consumer,
        count=100,
        atomic=bool(line),
        within=0.001,
        made=made,
        largest=largest,
        worker_runs=0,
        empty_pages=4,
        stops=Stop(limit="atomic", reason="atomic alloc failed", kernel_log=(line,)) if line else None,
        raises=("allocate ahead of the burst",) if line else (),
    )


def _first_areas() -> tuple[AreaView, ...]:
    marks = ((0, 208896, "static"), (208896, 217088, "reserved"), (217088, 230000, "pod"), (230000, 245760, "free"))
    areas = tuple(AreaView(start=start, end=end, state=state) for start, end, state in marks)
    return (*areas, AreaView(start=245760, end=262144, state="unpopulated"))


def _gate(name: str, *, passed: bool | None, expected: str, found: str, **more: object) -> GateInfo:
    fields: dict[str, object] = {"kind": name, "level": "error", "file": "profiles/node.toml", "line": 20, **more}
    return GateInfo(name=name, passed=passed, expected=expected, found=found, **fields)  # type: ignore[arg-type]


EVIL = "\x1b[31mred\x07<script>alert(1)</script>|`@x`\n::error::no %0A,\u202e=cmd&\ud800\x00 end"
"""What a hostile profile may call things: terminal, HTML, Markdown, workflow and spreadsheet commands, no valid UTF-8."""


def hostile() -> Report:
    """The laptop with hostile words wherever a user's words go."""
    base = laptop()
    return replace(
        base,
        system=replace(base.system, name=EVIL, kernel=EVIL),
        consumers=tuple(
            replace(one, name=EVIL, kind=EVIL, unit=EVIL, depends_on=(EVIL,), fits_range=(1, None))
            for one in base.consumers
        ),
        gates=tuple(
            replace(
                one, name=EVIL, kind=EVIL, passed=False, expected=EVIL, found=EVIL, margin=EVIL, remedy=EVIL, file=EVIL
            )
            for one in base.gates
        ),
        advice=tuple(replace(one, change=EVIL, paste=EVIL) for one in base.advice),
        assumptions=tuple(replace(one, what=EVIL, value=EVIL, source=EVIL) for one in base.assumptions),
        limits=tuple(replace(one, name=EVIL, what=EVIL, source=EVIL) for one in base.limits),
        verdict=replace(base.verdict, headline=EVIL, breaks_first=EVIL, reason=EVIL, best_change=EVIL),
        warnings=(EVIL,),
        scale=ScaleInfo(factor=2.0, rounds=2, round=((EVIL, 1),), stops=None, rounds_range=(1, 3), depends_on=(EVIL,)),
        competition=CompetitionInfo(
            first=EVIL,
            seconds=60.0,
            counts=((EVIL, 5),),
            stops=None,
            seconds_range=(30.0, 90.0),
            counts_range=((EVIL, 4, 6),),
            depends_on=(EVIL,),
        ),
        profile=EVIL,
        variants=(Variant(sets=((EVIL, EVIL),), report=base),),
    )


def waived() -> Report:
    """The laptop with one gate that a waiver excuses."""
    base = laptop()
    gates = tuple(replace(gate, passed=False, found="1.0 % free", waived="replaced in May") for gate in base.gates)
    return replace(base, gates=gates, profile="waived.toml")


PROBLEM = Problem(profile="broken.toml", message="broken.toml:3:1: cpus: unknown key [unknown-key]", exit_code=2)

DOCUMENTS = {
    "laptop": Document(reports=(laptop(),)),
    "node": Document(reports=(node(),)),
    "node-check": Document(reports=(node(),), command="check"),
    "fleet": Document(reports=(laptop(), node(), waived()), problems=(PROBLEM,)),
    "fleet-check": Document(reports=(laptop(), node(), waived()), problems=(PROBLEM,), command="check"),
    "hostile": Document(reports=(hostile(),)),
    "nothing": Document(reports=()),
    "problem": Document(reports=(), problems=(PROBLEM,), command="check"),
}
