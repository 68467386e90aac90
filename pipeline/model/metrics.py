"""A rate by which Amazon measures an account."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Metric:
    """A rate by which Amazon measures an account: counts over a window that ends at ``window_end``, and its target.

    ``higher_is_better`` says that the rate must reach the target, else it must stay below; ``extra_counts`` holds
    further counts, of which ``at_risk`` may still be added to the numerator. ``known`` names the parts of the rate that
    were ever given, None where it has none.
    """

    name: str
    numerator: int
    denominator: int
    window: dt.timedelta
    window_end: dt.datetime
    target: Decimal | None
    higher_is_better: bool = False
    extra_counts: dict[str, int | None] = field(default_factory=dict)
    known: frozenset[str] | None = None

    @property
    def worst_case_rate(self) -> float | None:
        """The share, to six places, if all that is at risk is lost; None where there is nothing to count."""
        lost = self.numerator + (self.extra_counts.get("at_risk") or 0)
        return round(lost / self.denominator, 6) if self.denominator else None

    @property
    def rate(self) -> float | None:
        """The share, to six places; None where there is nothing to count."""
        return round(self.numerator / self.denominator, 6) if self.denominator else None

    @property
    def status(self) -> str:
        """GOOD or BAD, in Amazon's words (FORMATS §5c); NONE where rate or target is unknown."""
        if self.target is None or not self.denominator:
            return "NONE"
        share = Fraction(self.numerator, self.denominator)
        target = Fraction(self.target)
        return "GOOD" if (share >= target if self.higher_is_better else share < target) else "BAD"

    def combine(self, other: Metric) -> Metric:
        """The rate over what both count, which have nothing in common."""
        extra_counts: dict[str, int | None] = {
            name: (count or 0) + (other.extra_counts[name] or 0) for name, count in self.extra_counts.items()
        }
        sums = (self.numerator + other.numerator, self.denominator + other.denominator)
        known = None if self.known is None else self.known | (other.known or frozenset())
        return replace(self, numerator=sums[0], denominator=sums[1], extra_counts=extra_counts, known=known)

    @property
    def count_to_target(self) -> int | None:
        """How many more of what is counted bring the rate to its target; None where rate or target is unknown."""
        if self.target is None or not self.denominator:
            return None
        return max(math.ceil(Fraction(self.target) * self.denominator) - self.numerator, 0)

    @property
    def count_to_limit(self) -> int | None:
        """How many more that miss it bring the rate to its target or past it; None where rate or target is unknown.

        Of a rate that must stay below its target these are more of what is counted, else fewer.
        """
        if self.target is None or not self.denominator or not self.higher_is_better:
            return self.count_to_target
        return max(self.numerator - math.floor(Fraction(self.target) * self.denominator), 0)
