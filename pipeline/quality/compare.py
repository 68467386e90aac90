"""A run beside those before it."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import TypeVar

from pipeline.model import profiles
from pipeline.model.bucket_result import BucketResult
from pipeline.model.profiles import PastRun, RunSummary
from pipeline.model.run_result import RunResult
from pipeline.model.states import STATE_NAMES
from pipeline.quality.drift import find_drift

AnyRun = TypeVar("AnyRun", BucketResult, RunResult)

_MAX_EARLIER_RUNS = 30  # earlier runs that say what is usual


def summarize_run(run: BucketResult | RunResult) -> RunSummary:
    """What is worth remembering of a run; order items by state where they are counted."""
    summary = profiles.summarize_run(run.kind_profiles, run.tallies, run.code_counts)
    if isinstance(run, RunResult) and len(run.state_counts.by_state):
        summary["states"] = dict(zip(STATE_NAMES, run.state_counts.by_state.tolist(), strict=True))
    return summary


def compare_run(run: AnyRun, earlier_runs: Sequence[PastRun]) -> AnyRun:
    """The run with the earlier runs and what has changed since them."""
    known = (earlier_run.summary for earlier_run in reversed(earlier_runs) if earlier_run.summary)
    summaries = list(itertools.islice(known, _MAX_EARLIER_RUNS))[::-1]
    drifts = find_drift(summarize_run(run), summaries) if summaries else ()
    return dataclasses.replace(run, past_runs=earlier_runs, drift=drifts)
