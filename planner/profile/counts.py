"""Counts (``100k``), growth (``10/h``, ``5 %/month``) and durations (``1ms``) as people write them."""

import math
import re

from planner.profile.sizes import describe, quote, scaled
from planner.quick import dataclass

MAXIMUM_COUNT = 10**15

ALLOWED_COUNT = 'a whole number from 0 to 10^15, or text such as "100k" or "1.5M" (k = 1000)'
ALLOWED_GROWTH = 'an amount or a percentage per time: "10/h", "3/day", "5 %/month"'
ALLOWED_DURATION = 'a number and a unit: "1ms", "10s", "5 min", "2h"'

_COUNT = re.compile(r"([0-9][0-9_]{0,30}(?:\.[0-9]{1,20})?)\s*([kKMGT]?)|([0-9]{1,9})e([0-9]{1,2})")
_GROWTH = re.compile(r"\+?(-?[0-9][0-9_.]{0,30}\s*[kKMGT]?)\s*(%?)\s*(?:/|per)\s*([A-Za-z]{1,10})")
_DURATION = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([A-Za-zµ]{1,10})")

_YEAR = 365.2425 * 86400
SECONDS = {
    ("ns", "nanosecond"): 1e-9,
    ("us", "µs", "microsecond"): 1e-6,
    ("ms", "millisecond"): 1e-3,
    ("s", "sec", "second"): 1.0,
    ("min", "minute"): 60.0,
    ("h", "hr", "hour"): 3600.0,
    ("d", "day"): 86400.0,
    ("w", "week"): 7 * 86400.0,
    ("month", "mo"): _YEAR / 12,
    ("y", "yr", "year"): _YEAR,
}
"""Seconds in each unit of time; a month is a twelfth of a year of 365.2425 days. A plural ``s`` is allowed."""

_UNIT_SECONDS = {name: seconds for names, seconds in SECONDS.items() for name in names}


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth of a count: ``amount`` instances each ``seconds``, or ``amount`` percent of the count where ``percent``."""

    amount: float
    seconds: float
    percent: bool
    text: str

    def per_second(self, count: int) -> float:
        """Return instances a second when ``count`` exist."""
        amount = self.amount * count / 100 if self.percent else self.amount
        return amount / self.seconds

    def after(self, count: int, seconds: float) -> float:
        """Return the number of instances ``seconds`` after there were ``count``; a percentage compounds."""
        if self.percent:
            return count * math.pow(1 + self.amount / 100, seconds / self.seconds)
        return count + self.amount * seconds / self.seconds


def parse_count(value: object) -> int:
    """Return a count; text may carry k, M, G or T (powers of 1000) or be written ``1e6``.

    :raises ValueError: the value is no whole number between 0 and 10^15.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"is {describe(value)}, not a count")  # noqa: TRY004 - one exception for every unreadable value
    if isinstance(value, float):
        if not math.isfinite(value) or value != int(value):
            raise ValueError("is not a whole number")
        value = int(value)
    count = value if isinstance(value, int) else _count_text(value)
    if count < 0:
        raise ValueError("is negative")
    if count > MAXIMUM_COUNT:
        raise ValueError("is more than 10^15")
    return count


def _count_text(text: str) -> int:
    cleaned = text.strip()
    match = _COUNT.fullmatch(cleaned)
    if match is None:
        if re.fullmatch(r"-\s*[0-9].*", cleaned):
            raise ValueError("is negative")
        raise ValueError(f"{quote(text)} is not a count")
    if match[3]:
        return int(match[3]) * int("1" + "0" * int(match[4]))
    number = scaled(match[1].replace("_", ""), _thousands(match[2]))
    if number is None:
        raise ValueError(f"{quote(text)} is not a whole number")
    return number


def _thousands(unit: str | None) -> int:
    """Return what a unit stands for: 1000 for ``k``, a million for ``M``."""
    power: int = 1000 ** " KMGT".index((unit or " ").upper())
    return power


def parse_growth(value: object) -> Growth:
    """Return a growth rate.

    :raises ValueError: the text is not an amount per time.
    """
    if not isinstance(value, str):
        raise ValueError(f"is {describe(value)}, not a rate")  # noqa: TRY004 - as in parse_count
    match = _GROWTH.fullmatch(value.strip())
    seconds = _unit_seconds(match[3]) if match else None
    if match is None or seconds is None:
        raise ValueError(f"{quote(value)} is not a rate")
    amount_text = match[1].strip()
    sign = -1 if amount_text.startswith("-") else 1
    number = re.fullmatch(r"([0-9_]+(?:\.[0-9]+)?)\s*([kKMGT]?)", amount_text.lstrip("-"))
    if number is None:
        raise ValueError(f"{quote(value)} is not a rate")
    amount = sign * float(number[1].replace("_", "")) * _thousands(number[2])
    if match[2] and amount <= -100:
        raise ValueError("shrinks by all there is")
    return Growth(amount, seconds, bool(match[2]), value.strip())


def parse_duration(value: object) -> float:
    """Return a duration in seconds.

    :raises ValueError: the text is no duration.
    """
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        seconds = _unit_seconds(match[2]) if match else None
        if match and seconds is not None:
            return float(match[1]) * seconds
        raise ValueError(f"{quote(value)} is not a duration")
    raise ValueError(f"is {describe(value)}, not a duration")


def _unit_seconds(unit: str) -> float | None:
    lower = unit.lower()
    if lower in _UNIT_SECONDS:
        return _UNIT_SECONDS[lower]
    return _UNIT_SECONDS.get(lower[:-1]) if lower.endswith("s") and len(lower) > 2 else None
