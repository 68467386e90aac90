"""A run beside those before it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeVar

from pipeline import profiles
from pipeline.audit.drift import drift
from pipeline.batch import Settled
from pipeline.profiles import Night, Summary
from pipeline.ready import Ready

Run = TypeVar("Run", Settled, Ready)

_NIGHTS = 30  # earlier runs that say what is usual


def summary(run: Settled | Ready) -> Summary:
    """What is worth remembering of a run."""
    return profiles.summary(run.kinds, run.tallies, run.codes)


def compared(run: Run, nights: Sequence[Night]) -> Run:
    """The run with the nights before it and what is otherwise than in them."""
    told = [night.summary for night in nights if night.summary][-_NIGHTS:]
    found = drift(summary(run), told) if told else ()
    return dataclasses.replace(run, nights=tuple(nights), drift=found)
