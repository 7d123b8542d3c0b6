"""Record runs to failure of Debian's kernels in QEMU: python record.py JOBS OUT.jsonl.gz.

Needs qemu-system-x86, busybox-static and, under ``KERNELS``, for each kernel what README.md lists. JOBS has a line a boot:
``name release cpus memory commands [kernel parameters]``, commands as README.md gives them, separated by commas.
"""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.real.trim_exhaustion import meminfo, owner

KERNELS = Path(os.environ.get("KERNELS", "kernels"))
SYMBOLS = {
    "pcpu_chunk_lists": "a_lists",
    "pcpu_slot": "a_lists",
    "pcpu_nr_slots": "a_nrslots",
    "pcpu_first_chunk": "a_first",
    "pcpu_reserved_chunk": "a_reserved",
    "pcpu_nr_empty_pop_pages": "a_empty",
    "pcpu_nr_populated": "a_pop",
    "pcpu_base_addr": "a_base",
}
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox --install -s /bin
export PATH=/bin
echo 1 > /proc/sys/kernel/printk
insmod /probe.ko SYMBOLS
sleep 1
state() {
  echo "=== state"; echo "--- meminfo"; cat /proc/meminfo; echo "--- vmallocinfo"; cat /proc/vmallocinfo; echo "--- dump"
  dmesg -c > /dev/null; echo dump > /proc/pp; dmesg -c | sed 's/^\\[[^]]*\\] //'
}
echo "=== boot"; dmesg | grep -iE "percpu|pcpu|Linux version"
state
for command in $(sed -n 's/.*probe=\\([^ ]*\\).*/\\1/p' /proc/cmdline | tr , ' '); do
  dmesg -c > /dev/null; echo "=== cmd $command"; (echo $command > /proc/pp); echo "--- dmesg"; dmesg | sed 's/^\\[[^]]*\\] //'
  state
done
echo "=== complete"
poweroff -f
"""
STATE_CHUNKS = 8
MANY = 100_000_000


def boot(release: str, cpus: str, memory: str, commands: str, parameters: str) -> str:
    """Return what the guest printed."""
    symbols = {}
    for line in (KERNELS / f"System.map-{release}").read_text().splitlines():
        address, kind, name = line.split()[:3]
        if name in SYMBOLS and kind in "bBdDrR":
            symbols[SYMBOLS[name]] = f"0x{address}"
    root = KERNELS / f"root-{release}"
    for folder in ("bin", "proc", "sys", "dev"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    small = "686" in release
    (root / "bin/busybox").write_bytes((KERNELS / ("busybox-32" if small else "busybox-64")).read_bytes())
    (root / "bin/busybox").chmod(0o755)
    (root / "probe.ko").write_bytes((KERNELS / f"probe-{release}.ko").read_bytes())
    (root / "init").write_text(INIT.replace("SYMBOLS", " ".join(f"{key}={value}" for key, value in symbols.items())))
    (root / "init").chmod(0o755)
    image = KERNELS / f"root-{release}.gz"
    packed = subprocess.run("find . | busybox cpio -o -H newc", shell=True, cwd=root, capture_output=True, check=True)  # noqa: S602 - a constant
    image.write_bytes(gzip.compress(packed.stdout))
    line = f"console=ttyS0 quiet nokaslr no_hash_pointers log_buf_len=4M panic=-1 probe={commands} {parameters}"
    machine = ["qemu-system-i386", "-cpu", "qemu32,+pse36"] if small else ["qemu-system-x86_64", "-cpu", "qemu64"]
    command = [
        *machine, "-M", "pc", "-smp", cpus, "-m", memory, "-kernel", str(KERNELS / f"vmlinuz-{release}"), "-initrd", str(image),
        "-append", line, "-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-nodefaults", "-net", "none",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False, timeout=600)
    return done.stdout.decode(errors="replace").replace("\r", "")


def state(text: str) -> dict[str, Any]:
    """Read what the guest's ``state`` printed."""
    parts = dict(re.findall(r"^--- (\w+)\n(.*?)(?=^--- |\Z)", text, flags=re.MULTILINE | re.DOTALL))
    areas = [
        [int(found[1], 16), int(found[2]), owner(found[3])]
        for found in re.finditer(r"^0x([0-9a-f]+)-0x[0-9a-f]+\s+(\d+)(.*)$", parts["vmallocinfo"], flags=re.MULTILINE)
    ]
    head = json.loads(re.search(r"pphead (\{.*\})", parts["dump"])[1])
    chunks = [json.loads(text) for text in re.findall(r"ppchunk (\{.*\})", parts["dump"])]
    kept = [{key: head[key] for key in ("nr_empty_pop_pages", "nr_populated", "base")}, *chunks]
    figures = {key: int(value) for key, value in re.findall(r"^(\S+):\s+(\d+)", parts["meminfo"], flags=re.MULTILINE)}
    return {
        "meminfo": meminfo(figures),
        "state": kept if chunks and len(kept) <= STATE_CHUNKS + 1 else None,
        "areas": sorted(areas),
    }


def step(command: str, text: str, after: dict[str, Any]) -> dict[str, Any]:
    """Read one command's outcome; the line of the task's name is as the shared records have it."""
    said = text.split("--- dmesg\n")[1]
    words = command.split(":")
    result: dict[str, Any] = {}
    name = "freeall"
    if words[0] == "ballast":
        name = f"ballast {words[1]}"
        result = {"pages": int(words[1]), "free_pages": int(re.search(r"ballast free=(\d+)", said)[1])}
    elif words[0] != "free":
        found = re.search(r"pp: end cpu=\d+ made=(\d+) bags=(\d+) free=(\d+)", said)
        result = {"made": int(found[1]), "bag_pages": int(found[2]), "free_pages_at_end": int(found[3])}
        name = f"wq {words[1]} 0 {MANY}" if words[0] == "wq" else "mix " + " ".join(words[3:])
        if words[0] == "ex" and len(words) == 4:
            name = f"exhaust {words[3].replace('/', ' ')} {words[1]} {words[2]}"
    signs = ("percpu: ", "PERCPU: ", "vmap allocation")
    lines = [
        re.sub(r"^(sh|init)(: | invoked)", r"tr\2", line)
        for line in said.splitlines()
        if line.startswith(signs)
        or any(sign in line for sign in ("page allocation failure", "invoked oom-killer", ": vmalloc"))
    ]
    return {"cmd": name, "result": [result] if result else [], "lines": lines, **after}


def record(name: str, cpus: str, memory: str, parameters: str, text: str) -> dict[str, Any]:
    """Make a record, in the form of tests/real/data, of what the guest printed."""
    parts = re.split(r"^=== (.*)\n", text, flags=re.MULTILINE)
    sections = list(zip(parts[1::2], parts[2::2], strict=True))
    booted = sections[0][1]
    release = re.search(r"Linux version (\S+) .*(#\d+ .*)", booted)
    alloc = re.search(r"pcpu-alloc: s(\d+) r(\d+) d(\d+) u(\d+) alloc=(\d+)\*(\d+)", booted)
    figures = zip(
        ("static", "reserved", "dyn", "unit", "upa_alloc_n", "alloc_size"), map(int, alloc.groups()), strict=True
    )
    first = {"kind": "embed" if "Embedded" in booted else "page", **dict(figures)}
    before = {f"{key}_before": value for key, value in state(sections[1][1]).items()}
    rest = sections[2:-1]
    steps = [
        step(command.removeprefix("cmd "), said, state(after))
        for (command, said), (_state, after) in zip(rest[::2], rest[1::2], strict=True)
    ]
    machine = "x86_64" if "amd64" in release[1] else "i686"
    uname = f"Linux (none) {release[1]} {release[2]} {machine} GNU/Linux"
    kept = {"id": name, "smp": cpus, "mem": memory, "append": parameters, "uname": uname, "first_chunk": first}
    return {**kept, **before, "steps": steps}


def main(jobs: str, out: str) -> None:
    """Boot every job, one after the other; runs that did not come to their end (a panic without memory) are left out."""
    made = []
    for line in Path(jobs).read_text().splitlines():
        name, release, cpus, memory, commands, *more = line.split()
        text = boot(release, cpus, memory, commands, " ".join(more))
        if "=== complete" in text:
            made.append(json.dumps(record(name, cpus, memory, " ".join(more), text), separators=(",", ":")))
        print(name, "recorded" if "=== complete" in text else "did not end")  # noqa: T201 - progress of a tool
    Path(out).write_bytes(gzip.compress(("\n".join(made) + "\n").encode(), 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
