"""A run beside those before it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pipeline import frames, profiles
from pipeline.audit.drift import drift
from pipeline.batch import Settled
from pipeline.profiles import Night, Summary

_NIGHTS = 30  # earlier runs that say what is usual


def summary(settled: Settled) -> Summary:
    """What is worth remembering of a run."""
    counted = frames.arrow(settled.findings["code"]).value_counts().to_pylist()
    return profiles.summary(settled.kinds, settled.tallies, {one["values"]: one["counts"] for one in counted})


def compared(settled: Settled, nights: Sequence[Night]) -> Settled:
    """The run with the nights before it and what is otherwise than in them."""
    told = [night.summary for night in nights if night.summary][-_NIGHTS:]
    found = drift(summary(settled), told) if told else ()
    return dataclasses.replace(settled, nights=tuple(nights), drift=found)
