"""What the small parsers read, against texts written out by hand and files of real kernels."""

import builtins
import gzip
import io
from pathlib import Path

import pytest

from planner.binary.btf import Btf, TypeSize
from planner.binary.elf_file import btf_of_elf
from planner.binary.module_elf import PercpuSymbol, parse_module, read_module
from planner.observe.errors import MissingExtraError, ParseError
from planner.observe.parsers.kallsyms import parse_symbols, static_size
from planner.observe.parsers.kconfig import parse_config
from planner.observe.parsers.kernel_log import kernel_lines, undress
from planner.observe.parsers.meminfo import parse_meminfo
from planner.observe.parsers.percpu_stats import parse_percpu_stats
from planner.observe.parsers.trace import TraceReader
from planner.observe.parsers.vmallocinfo import parse_area, parse_vmallocinfo
from planner.observe.text import Lines

CORPUS = Path(__file__).parent / "corpus"

DRESSED = [
    ("[    0.108074] percpu: x", 0.108074, None),
    ("<6>[    0.108074] percpu: x", 0.108074, 6),
    ("6,123,108074,-;percpu: x", 0.108074, 6),
    ("Nov 22 21:16:00 host kernel: [    0.108074] percpu: x", 0.108074, None),
    ("2026-11-22T21:16:00.123456+00:00 host kernel: percpu: x", None, None),
    ("2026-11-22 21:16:00,123 host kernel: percpu: x", None, None),
    ("[Mon Nov 22 21:16:00 2026] percpu: x", None, None),
    ("[Nov22 21:16] percpu: x", None, None),
    ("[  +0.000012] percpu: x", None, None),
    ("kern  :info  : [    0.108] percpu: x", 0.108, 6),
    ("[    0.100000][    T1] percpu: x", 0.1, None),
    ("[    0.000000][T0] percpu: x", 0.0, None),
    ("Nov 22 21:16:00 kernel: percpu: x", None, None),
    ("kernel: percpu: x", None, None),
    ("percpu: x\r", None, None),
]


@pytest.mark.parametrize(("line", "seconds", "level"), DRESSED)
def test_log_lines_lose_their_dress(line: str, seconds: float | None, level: int | None) -> None:
    found = undress(line)
    assert (found.text, found.seconds, found.level) == ("percpu: x", seconds, level)


def test_kmsg_dictionary_lines_are_passed_over() -> None:
    lines = ["6,1,5,-;text", " SUBSYSTEM=pci", " DEVICE=+pci:0", "6,2,6,-;more", "    frame+0x1/0x2"]
    assert [line.text for line in kernel_lines(lines)] == ["text", "more", "    frame+0x1/0x2"]


def test_meminfo_is_bytes() -> None:
    values = parse_meminfo(
        "MemTotal:       24684096 kB\nHugePages_Total:       3\nActive(anon):  12 kB\nMemTotal: 1 kB\nbad\n"
    )
    assert values == {"MemTotal": 24684096 * 1024, "HugePages_Total": 3, "Active(anon)": 12 * 1024}


def test_config_with_and_without_compression() -> None:
    text = (
        b'# comment\nCONFIG_MEMCG=y\nCONFIG_HZ=250\n# CONFIG_SLUB_DEBUG is not set\nCONFIG_LOCALVERSION="-x"\n\nNO=1\n'
    )
    expected = {"MEMCG": "y", "HZ": "250", "SLUB_DEBUG": "n", "LOCALVERSION": "-x"}
    assert parse_config(text) == expected
    assert parse_config(gzip.compress(text)) == expected


def test_static_size_from_symbols() -> None:
    lines = (CORPUS / "kallsyms.txt").read_text().split("\n")
    assert static_size(parse_symbols(lines, {"__per_cpu_start", "__per_cpu_end"})) == 0x39000


def test_hidden_symbols_tell_nothing() -> None:
    lines = ["0000000000000000 A __per_cpu_start", "0000000000000000 A __per_cpu_end", "0000000000000000 T _text"]
    assert parse_symbols(lines, {"__per_cpu_start", "__per_cpu_end"}) == {}


def test_vmalloc_areas() -> None:
    line = "0xffffe8ffffc00000-0xffffe8ffffe00000 2097152 pcpu_get_vm_areas+0x0/0x1070 vmalloc"
    area = parse_area(line)
    assert area is not None
    assert (area.start, area.size, area.caller, area.kind, area.percpu) == (
        0xFFFFE8FFFFC00000, 2097152, "pcpu_get_vm_areas", "vmalloc", True,
    )  # fmt: skip
    info = parse_vmallocinfo([line, "0xf8000000-0xf8003000   12288 unpurged vm_area", "noise"])
    assert [one.caller for one in info.areas] == ["pcpu_get_vm_areas", ""]
    assert (info.hashed, info.total) == (False, 2097152 + 12288)


def test_hashed_addresses_are_told_apart() -> None:
    info = parse_vmallocinfo((CORPUS / "vmallocinfo.txt").read_text().split("\n"))
    assert info.hashed
    assert info.total == sum(int(line.split()[1]) for line in (CORPUS / "vmallocinfo.txt").read_text().splitlines())


def test_percpu_stats_of_a_real_kernel() -> None:
    stats = parse_percpu_stats((CORPUS / "percpu_stats.txt").read_text())
    assert stats.info["unit_size"] == 102400
    assert len(stats.chunks) == 19
    assert {chunk.label for chunk in stats.chunks} == {"first", "", "sidelined"}
    assert sum(chunk.values["nr_alloc"] for chunk in stats.chunks) == stats.totals["nr_cur_alloc"]
    assert stats.allocated_bytes == 1378968


def test_percpu_stats_of_4_13() -> None:
    text = """Percpu Memory Statistics
Allocation Info:
----------------------------------------
  unit_size           :        65536
  static_size         :        12000
  reserved_size       :         1024
  dyn_size            :        23840
  atom_size           :         4096
  alloc_size          :        65536

Global Stats:
----------------------------------------
  nr_alloc            :            3
  nr_chunks           :            1

Per Chunk Stats:
----------------------------------------
Chunk: <- Reserved Chunk
  nr_alloc            :            1
  free_size           :         1000
Chunk: <- First Chunk
  nr_alloc            :            2
  free_size           :        23000
"""
    stats = parse_percpu_stats(text)
    assert [chunk.label for chunk in stats.chunks] == ["reserved", "first"]
    assert stats.allocated_bytes == (1024 - 1000) + (23840 - 23000)


def test_percpu_stats_that_is_none() -> None:
    with pytest.raises(ParseError, match="not a percpu_stats file"):
        parse_percpu_stats("Chunk:\n nr_alloc : 3\n")


EXPECTED_BTF = {
    "plain": TypeSize(24, 8),
    "bits": TypeSize(16, 8),
    "lined": TypeSize(128, 64, raised=True),
    "either": TypeSize(6, 2),
    "nested": TypeSize(88, 8),
    "packed": TypeSize(5, 1),
    "padded": TypeSize(256, 256, raised=True),
}


def test_btf_sizes_and_alignments() -> None:
    found = Btf((CORPUS / "small.btf").read_bytes()).sizes({*EXPECTED_BTF, "missing", "hidden"})
    assert found == EXPECTED_BTF


def test_btf_inside_an_elf_file() -> None:
    data, word = btf_of_elf((CORPUS / "small.ko").read_bytes(), "small.ko")
    assert (data, word) == ((CORPUS / "small.btf").read_bytes(), 8)


def test_btf_of_both_byte_orders() -> None:
    """Every field of the blob swapped by hand gives the same answer."""
    data = (CORPUS / "small.btf").read_bytes()
    swapped = bytearray(data)
    swapped[0:2] = data[1::-1]
    header = int.from_bytes(data[4:8], "little")
    end = header + int.from_bytes(data[12:16], "little")
    for place in range(4, end, 4):
        swapped[place : place + 4] = data[place : place + 4][::-1]
    swapped[4:24] = b"".join(data[place : place + 4][::-1] for place in range(4, 24, 4))
    assert Btf(bytes(swapped)).sizes(set(EXPECTED_BTF)) == EXPECTED_BTF


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field in range(5) for value in (0xFFFFFFFF, 0x7FFFFFFF)] + [(0, 23), (1, 2), (2, 23)],
)
def test_btf_headers_that_lie(field: int, value: int) -> None:
    data = bytearray((CORPUS / "small.btf").read_bytes())
    data[4 + 4 * field : 8 + 4 * field] = value.to_bytes(4, "little")
    with pytest.raises(ParseError, match="BTF"):
        Btf(bytes(data))


SYMBOLS = (
    PercpuSymbol("small_flag", 0x0, 1),
    PercpuSymbol("small_lined", 0x40, 128),
    PercpuSymbol("small_counters", 0xC0, 200),
    PercpuSymbol("small_plain", 0x190, 24),
)


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_module_packed_or_not(suffix: str) -> None:
    module = read_module(CORPUS / f"small.ko{suffix}")
    assert (module.name, module.bits, module.vermagic) == ("small", 64, "6.1.0-test SMP mod_unload")
    assert (module.size, module.align, module.symbols) == (424, 64, SYMBOLS)
    assert module.unnamed == 424 - 1 - 128 - 200 - 24


def test_module_that_is_none() -> None:
    with pytest.raises(ParseError, match="no ELF file"):
        parse_module(b"#!/bin/sh\n", "x.ko")


def test_module_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refusing(name: str, *arguments: object, **named: object) -> object:
        if name.startswith("elftools"):
            raise ImportError(name)
        return real(name, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(MissingExtraError, match=r"needs pyelftools: pip install 'percpu-planner\[elf\]'"):
        parse_module((CORPUS / "small.ko").read_bytes(), "small.ko")


CALL = (
    "            bash-9714    [000] .....  1094.363692: percpu_alloc_percpu: call_site=mm_init+0x2bf/0x4d0 reserved=0 is_atomic=0 "
    "size=16 align=8 base_addr=000000001d77a96f off=37072 ptr=00000000168be225 bytes_alloc=64 gfp_flags=GFP_KERNEL"
)
TRACE_LINES = [
    CALL,
    " my-task x-9714  ( 9714) [001] d..2.  1094.363700: percpu_free_percpu: base_addr=000000001d77a96f off=37072 ptr=00000000168be225",
    "bash  9714 [000]  1094.363692123: percpu:percpu_alloc_percpu_fail: reserved=0 is_atomic=1 size=16 align=8",
    "   ffffffff813e8570 pcpu_alloc+0x1 ([kernel.kallsyms])",
    "   ffffffff813e8580 nft_counter_init+0x1 ([nf_tables])",
    "  <idle>-0  [000] .....     3: percpu_create_chunk: base_addr=0xffff888",
    "  modprobe-12 [001]  5.1: percpu_alloc_percpu:  reserved=1 is_atomic=0 size=16 align=8 base_addr=0xffff off=0 ptr=0x3",
    "CPU:1 [LOST 33 EVENTS]",
    "  x-1 [001]  5.2: percpu_alloc_percpu: reserved=1 size=sixteen",
    "  x-1 [001]  5.3: sched_switch: percpu_nothing",
    "# entries-in-buffer/entries-written: 40/45   #P:2",
]


def test_trace_lines_of_all_tools_and_versions() -> None:
    reader = TraceReader(TRACE_LINES)
    events = list(reader)
    assert [event.kind for event in events] == ["alloc", "free", "fail", "create", "alloc"]
    assert (reader.events, reader.lost, reader.broken) == (5, 33 + 5, 1)
    first, second, third, fourth, fifth = events
    assert (first.task, first.pid, first.cpu, first.size, first.off) == ("bash", 9714, 0, 16, 37072)
    assert (first.function, first.bytes_alloc, first.gfp, first.atomic) == ("mm_init", 64, "GFP_KERNEL", False)
    assert (second.task, second.pid, second.base) == ("my-task x", 9714, "000000001d77a96f")
    assert (third.atomic, third.time, third.stack) == (True, 1094.363692123, ["pcpu_alloc", "nft_counter_init"])
    assert (fourth.task, fourth.base, fourth.time) == ("<idle>", "0xffff888", 3.0)
    assert (fifth.reserved, fifth.site) == (True, "")


@pytest.mark.parametrize("name", ["ftrace.txt", "perf_script.txt"])
def test_recorded_traces_are_read_whole(name: str) -> None:
    lines = (CORPUS / name).read_text().split("\n")
    reader = TraceReader(lines)
    events = list(reader)
    assert len(events) == sum(": percpu" in line or "percpu:percpu" in line for line in lines)
    assert reader.broken == 0
    assert all(event.function for event in events if event.kind == "alloc")


def test_lines_of_a_stream() -> None:
    lines = Lines(io.BytesIO(b"a\r\nb\0c\n\nd"))
    assert list(lines) == ["a", "b", "c", "", "d"]
    assert (lines.lines_read, lines.cut) == (5, "")
    short = Lines(io.BytesIO(b"a\nb\nc\n"), maximum_lines=2)
    assert list(short) == ["a", "b"]
    assert short.cut == "stopped after 2 lines"
