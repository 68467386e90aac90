"""When Amazon released an item: what tonight's reports say of it, beside what the ledger holds (SPEC §4, Released)."""

from __future__ import annotations

import numpy as np

from pipeline.frames import NEVER, Array


def released(tonight: Array, held: Array, reported: Array, paid: Array) -> Array:
    """The earliest reporting-date of all nights, else the payments-date; all are UTC µs, NEVER where unknown.

    ``tonight`` and ``held`` are either of these as this run and the ledger know it, ``reported`` and ``paid`` tonight's
    two dates. The ledger's is a payments-date where tonight's report names the same.
    """
    earliest = _least(tonight, np.where(held == paid, NEVER, held))
    return np.where(reported != NEVER, earliest, np.where(held == NEVER, tonight, held))


def _least(one: Array, other: Array) -> Array:
    """The smaller of each two that are known."""
    return np.where(one == NEVER, other, np.where(other == NEVER, one, np.minimum(one, other)))
