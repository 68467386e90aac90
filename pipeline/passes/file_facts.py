"""What the rows of a split say about their file as a whole."""

from __future__ import annotations

import pandas as pd

from pipeline.model.account import INDIVIDUAL
from pipeline.model.run_context import RunContext
from pipeline.model.split_result import FileFacts
from pipeline.quality import count_values
from pipeline.reconcile import report_ages
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import DAY_US, LATEST, NEVER
from schemas.kinds import REPORT_KINDS


def collect_file_facts(rows: pd.DataFrame, kind: str, context: RunContext) -> FileFacts:
    """What the rows of a split say about their file as a whole."""
    if kind == "confirmation":
        order_key = arrow.to_int64(rows["order_key"])
        is_individual = context.account.plan == INDIVIDUAL
        known_keys = order_key[dtypes.is_known(order_key)]
        return FileFacts(order_keys=groups.sorted_unique(known_keys) if is_individual else None)
    if kind not in REPORT_KINDS:
        return FileFacts()
    newest_evidence = int(report_ages(rows, kind).max(initial=NEVER))
    if kind != "unshipped":
        return FileFacts(newest_evidence=newest_evidence)
    newest_reported = arrow.to_int64(rows["reporting_date"]).max(initial=NEVER)
    channels, countries = (_count_values(rows, name) for name in ("sales_channel", "ship_country"))
    return FileFacts(int(newest_reported), newest_evidence, _latest_moment(rows), channels, countries)


def _count_values(rows: pd.DataFrame, name: str) -> tuple[tuple[str, int], ...]:
    """How often each value of the column comes; nothing of a column that is not there."""
    if name not in rows:
        return ()
    values, counts = count_values(arrow.to_arrow(rows[name]))
    return tuple(zip(values.to_pylist(), counts.to_pylist(), strict=True))


def _latest_moment(rows: pd.DataFrame) -> int:
    """By when (UTC µs) the Unshipped Orders report must have been made: days-past-promise are whole days, rounded down.

    LATEST where no row says it.
    """
    if "days_past_promise" not in rows:
        return LATEST
    promised, days = arrow.to_int64(rows["promise_date"]), arrow.to_int64(rows["days_past_promise"])
    is_said = dtypes.is_known(promised) & dtypes.is_known(days)
    return int((promised[is_said] + (days[is_said] + 1) * DAY_US).min(initial=LATEST))
