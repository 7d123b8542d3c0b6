"""Lines of the kernel log in every dress: dmesg, /dev/kmsg, serial console, syslog, journalctl, logcat, with stamps, levels, colours."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_KMSG: Final = re.compile(r"(\d{1,4}),\d{1,20},(\d{1,20}),[^;]{0,64};")
_LEVEL: Final = re.compile(r"<(\d{1,3})>")
_DECODED: Final = re.compile(
    (r"(?:kern|user|daemon|syslog)[ \t]*:(emerg|alert|crit|err|warn|notice|info|debug)[ \t]*:[ \t]*"), re.ASCII
)
_STAMP: Final = re.compile(
    (
        r"\[[ ]{0,16}(?:(\d{1,10}\.\d{1,9})|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}|[A-Z][a-z]{2}"
        r"\d{1,2} \d\d:\d\d|[+ ]{1,3}\d{1,9}\.\d{1,9})\][ ]?"
    ),
    re.ASCII,
)
_CALLER: Final = re.compile(r"\[[ ]{0,12}[TC]\d{1,10}\][ ]?", re.ASCII)
_SYSLOG: Final = re.compile(
    r"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d"
    r"\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
    r"[ \t](?:[\w.:-]{1,255}[ \t])?kernel(?:\[\d{1,10}\])?:[ ]?",
    re.ASCII,
)
_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[@-Z\\-_])|\x1b")
"""Colours, as ``dmesg --color=always`` and terminals' recordings have them."""
_LOGCAT: Final = re.compile(
    r"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {1,6}\d{1,7} {1,6}\d{1,7} [VDIWEF] (\S{1,40}) {0,8}: ", re.ASCII
)
_QUOTED: Final = re.compile(r"(?:[>|][ ]?){1,8}")
"""Answers to mails."""
_BARE: Final = re.compile(r"kernel:[ ]", re.ASCII)
_NAMES: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: ``text`` without its dress, ``seconds`` since boot and printk ``level`` where the dress tells them."""

    text: str
    seconds: float | None = None
    level: int | None = None


def undress(line: str) -> LogLine:
    """Take time stamp, level, caller and syslog prefix off one line; what has none of them comes back as it is."""
    text, seconds, level = line.rstrip("\r\n"), None, None
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    kmsg = _KMSG.match(text)
    if kmsg is not None:
        return LogLine(text[kmsg.end() :], int(kmsg[2]) / 1e6, int(kmsg[1]) & 7)
    if text.startswith((">", "|")):
        text = _QUOTED.sub("", text, count=1)
    logcat = _LOGCAT.match(text)
    if logcat is not None:
        text = f"{logcat[1]}: {text[logcat.end() :]}"
    syslog = _SYSLOG.match(text) or _BARE.match(text)
    if syslog is not None:
        text = text[syslog.end() :]
    raw = _LEVEL.match(text)
    if raw is not None:
        text, level = text[raw.end() :], int(raw[1]) & 7
    decoded = _DECODED.match(text)
    if decoded is not None:
        text, level = text[decoded.end() :], _NAMES.index(decoded[1])
    stamp = _STAMP.match(text)
    if stamp is not None:
        text = text[stamp.end() :]
        seconds = float(stamp[1]) if stamp[1] else None
    caller = _CALLER.match(text)
    if caller is not None:
        text = text[caller.end() :]
    return LogLine(text, seconds, level)


def kernel_lines(lines: Iterable[str]) -> Iterator[LogLine]:
    """Undress every line; the continuation lines of a /dev/kmsg record (`` KEY=value``) are passed over."""
    in_record = False
    for line in lines:
        if in_record and line.startswith(" ") and "=" in line:
            continue
        in_record = _KMSG.match(line) is not None
        yield undress(line)
