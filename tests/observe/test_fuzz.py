"""Every parser on noise: an answer or planner's own error, in bounded time, and nothing raw echoed."""

import bz2
import io
import lzma
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.binary.btf import Btf
from planner.binary.compressed import expand
from planner.binary.module_elf import parse_module
from planner.observe.errors import ObserveError, ParseError
from planner.observe.explain.explainer import explain_stream, explain_text
from planner.observe.explain.render import as_data, render_text
from planner.observe.parsers.kallsyms import parse_symbols
from planner.observe.parsers.kconfig import parse_config
from planner.observe.parsers.kernel_log import kernel_lines
from planner.observe.parsers.meminfo import parse_meminfo
from planner.observe.parsers.percpu_stats import parse_percpu_stats
from planner.observe.parsers.trace import TraceReader
from planner.observe.parsers.vmallocinfo import parse_vmallocinfo
from planner.observe.text import Lines

CORPUS = Path(__file__).parent / "corpus"
SEEDS = sorted(path for path in CORPUS.iterdir() if path.is_file())

Parser = Callable[[bytes], Any]


def _text(parse: Callable[[str], Any]) -> Parser:
    return lambda data: parse(data.decode("utf-8", "replace"))


def _lines(parse: Callable[[list[str]], Any]) -> Parser:
    return lambda data: parse(data.decode("utf-8", "replace").split("\n"))


PARSERS: dict[str, Parser] = {
    "btf": lambda data: Btf(data).sizes({"pool_workqueue", "list_head"}),
    "config": parse_config,
    "explain": lambda data: render_text(explain_stream(io.BytesIO(data))),
    "kallsyms": _lines(lambda lines: parse_symbols(lines, {"__per_cpu_start", "__per_cpu_end"})),
    "kernel_log": _lines(lambda lines: list(kernel_lines(lines))),
    "lines": lambda data: list(Lines(io.BytesIO(data), maximum_line=64)),
    "meminfo": _text(parse_meminfo),
    "module": lambda data: parse_module(data, "fuzz.ko"),
    "percpu_stats": _text(parse_percpu_stats),
    "trace": _lines(lambda lines: list(TraceReader(lines))),
    "vmallocinfo": _lines(parse_vmallocinfo),
    "expand": lambda data: expand(data, 1 << 20),
}


def survives(parse: Parser, data: bytes) -> None:
    said = ""
    try:
        parse(data)
    except ObserveError as error:
        said = str(error)
    assert said.isprintable()


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.binary(max_size=4096))
@settings(max_examples=60, deadline=None)
def test_noise(name: str, data: bytes) -> None:
    survives(PARSERS[name], data)


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files(name: str, data: st.DataObject) -> None:
    """Real files cut, with bytes changed, doubled or moved: nearer to what parsers believe than noise is."""
    blob = bytearray(data.draw(st.sampled_from(SEEDS)).read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        if not blob:
            break
        place = data.draw(st.integers(0, len(blob) - 1))
        what = data.draw(st.sampled_from(["cut", "byte", "word", "double"]))
        if what == "cut":
            del blob[place:]
        elif what == "byte":
            blob[place] = data.draw(st.integers(0, 255))
        elif what == "word":
            blob[place : place + 4] = struct.pack("<I", data.draw(st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF])))
        else:
            blob[place:place] = blob[place : place + 200]
    survives(PARSERS[name], bytes(blob))


@given(text=st.text(max_size=400))
@example("percpu: allocation failed, size=8 align=8 atomic=0, \x1b[2J\x1b]0;owned\x07 failed to populate")
@example("nft_\x1b[31mmeta: Could not allocate 16 bytes percpu data")
@example("illegal size (40000) or align (8) for percpu allocation \u202e\u2066 gnp.exe")
@settings(max_examples=100, deadline=None)
def test_explain_echoes_nothing_raw(text: str) -> None:
    explained = explain_text(f"percpu: limit reached, disable warning {text}\n{text}")
    for line in render_text(explained).split("\n"):
        assert line.isprintable()
    assert as_data(explained)["schema_version"] == 1


def test_a_long_log_is_cut_and_says_so() -> None:
    line = b"x" * 99 + b"\n"

    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            self.read_so_far += max(size, 0)
            return (line * (size // len(line) + 1))[:size]

    stream = Endless()
    explained = explain_stream(stream, maximum_bytes=1 << 20)  # type: ignore[arg-type]
    assert "stopped after 1048576 bytes" in explained.cut
    assert stream.read_so_far < 3 << 20


def test_one_line_without_end_is_cut() -> None:
    lines = list(Lines(io.BytesIO(b"a" * 5_000_000 + b"\nb\n"), maximum_line=4096))
    assert [len(line) for line in lines] == [4096, 1]


@pytest.mark.parametrize("kind", ["gzip", "xz", "zstd", "bzip2"])
def test_bombs_are_refused(kind: str) -> None:
    zeros = bytes(64 << 20)
    if kind == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = packer.compress(zeros) + packer.flush()
    elif kind == "xz":
        bomb = lzma.compress(zeros)
    elif kind == "bzip2":
        bomb = bz2.compress(zeros)
    else:
        zstandard = pytest.importorskip("zstandard")
        bomb = zstandard.ZstdCompressor().compress(zeros)
    assert len(bomb) < 200_000
    with pytest.raises(ParseError, match="more than 1048576 bytes"):
        expand(bomb, 1 << 20)


@pytest.mark.parametrize("kind", ["gzip", "xz", "zstd"])
def test_truncated_files_are_refused(kind: str) -> None:
    data = bytes(range(256)) * 500
    if kind == "gzip":
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = packer.compress(data) + packer.flush()
    elif kind == "xz":
        packed = lzma.compress(data)
    else:
        packed = pytest.importorskip("zstandard").ZstdCompressor().compress(data)
    assert expand(packed, 1 << 20) == data
    with pytest.raises(ParseError):
        expand(packed[: len(packed) // 2], 1 << 20)


def test_an_xz_file_that_asks_for_a_huge_dictionary_is_refused() -> None:
    """The first block's dictionary is 1 GiB: the limit on memory speaks, not the machine's."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    packed = bytearray(lzma.compress(b"x" * 1000, format=lzma.FORMAT_XZ, check=lzma.CHECK_NONE, filters=filters))
    header = 12
    size = (packed[header] + 1) * 4
    place = packed.index(bytes([0x21, 0x01]), header) + 2
    packed[place] = 36  # 1 GiB as xz writes it
    packed[header + size - 4 : header + size] = struct.pack("<I", zlib.crc32(bytes(packed[header : header + size - 4])))
    with pytest.raises(ParseError, match="broken xz data"):
        expand(bytes(packed), 1 << 20)
