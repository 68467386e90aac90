"""What a run found out as it is published: tables of any size that are read some rows at a time, and what counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.model import findings
from pipeline.model.chunked_rows import ChunkedRows
from pipeline.model.run_counts import DueCount, FindingCounts, StateCounts, WorklistCounts
from pipeline.utils.dtypes import Array

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model import profiles
    from pipeline.model.feed_answers import AnsweredFeed
    from pipeline.model.feed_parts import PublishedRun
    from pipeline.model.file_plan import FilePlan
    from pipeline.model.metrics import Metric
    from pipeline.model.run_context import RunContext
    from pipeline.model.tally import Tally


@dataclass(frozen=True)
class RunResult:
    """Everything that a run found out.

    ``tables`` are sorted (``publish.SORT_KEYS``). ``rejected_lines`` are the lines of uploads that are neither accepted
    nor skipped, each by its ``findings.line_key``, rising. ``stock`` says what each sku's offer should show,
    ``answered_feeds`` which feeds Amazon has answered, ``refused_feeds`` has a finding for each that was refused as a
    whole, ``ambiguous_counts`` the numbers of records of reports that fit
    several feeds. ``last_run`` is the number of the last run remembered, None without a ledger; ``past_runs`` are the
    runs before, oldest first, and ``drift`` is what has changed since then. ``published_runs`` are the runs of the
    ledger with the parts of their feeds, ``repeated_parts`` says how many lines of this run are in a confirmation feed
    (run, part) that nobody is known to have uploaded.
    """

    context: RunContext
    plans: tuple[FilePlan, ...]
    tallies: tuple[Tally, ...]
    tables: Mapping[str, ChunkedRows]
    finding_counts: FindingCounts
    rejected_lines: Array
    worklist_counts: WorklistCounts
    due_counts: Sequence[DueCount]
    state_counts: StateCounts
    stock: pd.DataFrame
    answered_feeds: list[AnsweredFeed]
    ambiguous_counts: list[int]
    metrics: tuple[Metric, ...]
    exposure: pd.DataFrame
    last_run: int | None
    kind_profiles: tuple[profiles.KindProfile, ...] = ()
    past_runs: Sequence[profiles.PastRun] = ()
    drift: tuple[profiles.Drift, ...] = ()
    refused_feeds: pd.DataFrame = field(default_factory=findings.empty_findings)
    published_runs: tuple[PublishedRun, ...] = ()
    repeated_parts: Mapping[tuple[int, int], int] = field(default_factory=dict)

    @property
    def code_counts(self) -> dict[str, int]:
        """How often each code was found."""
        return self.finding_counts.code_counts
