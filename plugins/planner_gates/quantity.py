"""Limits as people write them in a gate: ``1000``, ``"20%"``, ``"1MiB"``."""

import re
from fractions import Fraction
from typing import Final

from planner.profile.sizes import parse_size, quote
from planner.quick import dataclass

_PERCENT: Final = re.compile(r"\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*%\s*")


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount, or a share of something: ``share`` is ``Fraction(1, 5)`` for ``"20%"``."""

    amount: int = 0
    share: Fraction | None = None

    def of(self, whole: int) -> Fraction:
        """Return the amount that this is of ``whole``."""
        return Fraction(self.amount) if self.share is None else self.share * whole


def parse_quantity(value: int | str, key: str = "") -> Quantity:
    """Read a limit: a whole number, a percentage, or a size; ``key`` is the parameter that a refusal names.

    :raises ValueError: it is none of these, or negative.
    """
    if isinstance(value, str):
        match = _PERCENT.fullmatch(value)
        if match:
            return Quantity(share=Fraction(match[1]) / 100)
    try:
        if isinstance(value, str) and "%" in value:
            raise ValueError(f"{quote(value)} is not a percentage")  # noqa: TRY301 - refused as the sizes are
        return Quantity(amount=parse_size(value))
    except ValueError as error:
        named = f"{key}: " if key else ""
        raise ValueError(
            f'{named}{error}; allowed: a whole number, a percentage such as "20%", a size such as "1MiB"'
        ) from error
