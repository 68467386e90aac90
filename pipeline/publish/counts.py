"""How often each code was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import findings, frames

SEVERITIES = (findings.ERROR, findings.WARNING, findings.INFO)  # the worst first


class Count(NamedTuple):
    """How often a code was found with one severity, and the position of the first such finding."""

    severity: str
    code: str
    number: int
    first: int


def count(found: pd.DataFrame) -> list[Count]:
    """The codes found, the worst and most frequent first."""
    table = frames.table(found, ("severity", "code")).append_column("at", pa.array(np.arange(len(found))))
    told = table.group_by(["severity", "code"]).aggregate([("at", "count"), ("at", "min")]).to_pylist()
    counts = [Count(one["severity"], one["code"], one["at_count"], one["at_min"]) for one in told]
    return sorted(counts, key=lambda one: (SEVERITIES.index(one.severity), -one.number, one.code))


def by_severity(counts: Sequence[Count]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {word: sum(one.number for one in counts if one.severity == word) for word in SEVERITIES}
