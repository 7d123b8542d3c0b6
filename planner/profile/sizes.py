"""Sizes and addresses as people and the kernel write them."""

import re

MAXIMUM = 2**64 - 1
"""Largest size or address in bytes."""

ALLOWED_SIZE = 'bytes as an integer, or text such as "4096", "128M", "128MiB", "1.5GiB", "0x1000"'
ALLOWED_ADDRESS = 'an address such as "0xf77d1000", or the same as an integer'

_SIZE = re.compile(
    r"(?:(?P<hex>0[xX][0-9a-fA-F]{1,16})|(?P<number>[0-9][0-9_]{0,30}(?:\.[0-9]{1,20})?))\s*(?P<unit>[A-Za-z]{0,5})"
)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6}
_MAXIMUM_TEXT = 64


def parse_size(value: object) -> int:
    """Return a size in bytes.

    Integers are bytes. Text is read as the kernel's memparse reads it: K, M, G, T, P and E (either case) are powers of 1024
    and hexadecimal is allowed; ``KiB`` … say the same, and so do ``kB``, ``MB`` …, because that is how the kernel prints them
    (``/proc/meminfo``, boot log). A fraction must give whole bytes.

    :raises ValueError: the value is no size, or above 2^64 - 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"is {describe(value)}, not a size")  # noqa: TRY004 - one exception for every unreadable value
    size = value if isinstance(value, int) else _parse_text(value)
    if size < 0:
        raise ValueError("is negative")
    if size > MAXIMUM:
        raise ValueError("is more than 64 bits hold")
    return size


def _parse_text(text: str) -> int:
    cleaned = text.strip()
    match = _SIZE.fullmatch(cleaned) if len(cleaned) <= _MAXIMUM_TEXT else None
    power = _power(match["unit"]) if match else None
    if match is None or power is None:
        if cleaned.startswith("-"):
            raise ValueError("is negative")
        raise ValueError(f"{quote(text)} is not a size")
    if match["hex"]:
        return int(match["hex"], 16) << (10 * power)
    digits = match["number"].replace("_", "")
    if len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
        raise ValueError(f"{quote(text)} has a leading zero, which the kernel reads as octal")
    size = scaled(digits, 1024**power)
    if size is None:
        raise ValueError(f"{quote(text)} is not a whole number of bytes")
    return size


def scaled(digits: str, factor: int) -> int | None:
    """Return a decimal number times ``factor``, ``None`` where that is not whole."""
    whole, _, fraction = digits.partition(".")
    number, rest = divmod(int(whole + fraction) * factor, 10 ** len(fraction))
    return None if rest else number


def _power(unit: str) -> int | None:
    """Return the power of 1024 that a unit's letters stand for."""
    lower = unit.lower()
    if lower in {"b", "byte", "bytes"}:
        return 0
    for ending in ("ib", "b"):
        if lower.endswith(ending) and len(lower) > len(ending):
            return _POWERS.get(lower.removesuffix(ending))
    return _POWERS.get(lower)


def parse_address(value: object) -> int:
    """Return an address: an integer, or text in hexadecimal with or without ``0x`` (``"f77d1000"``).

    :raises ValueError: the value is no address, or above 2^64 - 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"is {describe(value)}, not an address")  # noqa: TRY004 - as in parse_size
    if isinstance(value, str):
        match = re.fullmatch(r"\s*@?(?:0[xX])?([0-9a-fA-F]{1,16})\s*", value)
        if match is None:
            raise ValueError(f"{quote(value)} is not an address")
        return int(match[1], 16)
    if not 0 <= value <= MAXIMUM:
        raise ValueError("is not between 0 and 2^64 - 1")
    return value


def format_size(size: int) -> str:
    """Return the shortest exact text: ``128MiB``, ``1000``.

    >>> format_size(134217728), format_size(53248), format_size(1000)
    ('128MiB', '52KiB', '1000')
    """
    for power in range(6, 0, -1):
        if size and size % 1024**power == 0:
            return f"{size // 1024**power}{'KMGTPE'[power - 1]}iB"
    return str(size)


def describe(value: object) -> str:
    """Name a TOML value's type with its article, for messages: ``a string``, ``a table``."""
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number with a fraction",
        str: "a string",
        dict: "a table",
        list: "a list",
    }
    return names.get(type(value), "a date or time")


def quote(text: str, limit: int = 40) -> str:
    """Return ``text`` in double quotes, cut to ``limit`` characters, with nothing in it that a terminal would obey."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    safe = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut)
    return f'"{safe}"'
