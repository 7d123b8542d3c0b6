"""Make data/exhaustion.jsonl.gz out of the runners' full records: python trim_exhaustion.py RECORDS VMALLOCINFO OUT.

Kept: what a prediction starts from, and what it is held against. Areas are [address, bytes, owner] with owner "area" (a chunk's
areas), "meta" (its metadata), "lazy" (freed, not purged) or "" (everybody else).
"""

import gzip
import json
import sys
from pathlib import Path

MEMINFO = ("MemTotal", "MemFree", "LowTotal", "LowFree", "HighTotal", "HighFree", "VmallocTotal", "Percpu")
FIRST = ("kind", "static", "reserved", "dyn", "unit", "upa_alloc_n", "alloc_size")
CHUNK = (
    "slot", "pos", "base_addr", "free_bytes", "contig_hint", "contig_hint_start", "scan_hint", "scan_hint_start", "first_free",
    "immutable", "isolated", "nr_pages", "nr_empty_pop_pages", "populated",
)  # fmt: skip
HEAD = ("nr_empty_pop_pages", "nr_populated", "base")
STATE_CHUNKS = 8
"""States of more chunks than this are not kept: no step starts from them."""


def lines(path: str) -> list[dict]:
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def owner(text: str) -> str:
    if "unpurged" in text:
        return "lazy"
    if "pcpu_get_vm_areas" in text:
        return "area"
    return "meta" if "pcpu_mem" in text or "pcpu_create_chunk" in text else ""


def state(chunks: list[dict]) -> list[dict] | None:
    if len(chunks) > STATE_CHUNKS:
        return None
    head, *rest = chunks
    return [{key: head[key] for key in HEAD}, *({key: chunk[key] for key in CHUNK} for chunk in rest)]


def meminfo(full: dict) -> dict:
    return {key: full[key] for key in MEMINFO if key in full}


def kernel_lines(step: dict) -> list[str]:
    """Messages alone, without time stamps; the stack dump and the memory report between them are left out."""
    text = step["dmesg"] if isinstance(step["dmesg"], list) else step["dmesg"].split("\n")
    plain = [line.split("] ", 1)[-1] if line.startswith("[") else line for line in text]
    wanted = ("percpu: ", "PERCPU: ", "vmap allocation", "vmalloc", "page allocation failure", "invoked oom-killer")
    return [line for line in plain if line.startswith(wanted[:3]) or any(word in line for word in wanted[4:])
            or (": vmalloc" in line)]  # fmt: skip


def trim(record: dict, areas: dict) -> dict:
    kept = {key: record[key] for key in ("id", "kern", "package", "smp", "mem", "append", "cmd")}
    kept["uname"] = record["uname"]
    kept["first_chunk"] = {key: record["first_chunk"][key] for key in FIRST}
    kept["meminfo_before"] = meminfo(record["meminfo_before"])
    kept["state_before"] = state(record["chunks_before"])
    kept["areas_before"] = areas[record["id"], "before"]
    kept["steps"] = [
        {
            "cmd": step["cmd"],
            "result": [{k: v for k, v in result.items() if k != "ns"} for result in step["result"]],
            "lines": kernel_lines(step),
            "meminfo": meminfo(step["meminfo"]),
            "state": state(step["chunks"]),
            "areas": areas.get((record["id"], f"after{number}")),
        }
        for number, step in enumerate(record["steps"], 1)
    ]
    return kept


def main(records: str, vmallocinfo: str, out: str) -> None:
    areas = {
        (line["id"], line["when"]): [[int(start, 16), size, owner(text)] for start, size, text in line["areas"]]
        for line in lines(vmallocinfo)
    }
    text = "".join(json.dumps(trim(record, areas), separators=(",", ":")) + "\n" for record in lines(records))
    Path(out).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
