"""What the rows of a group say about their files as a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.account import INDIVIDUAL
from pipeline.model.group_result import PLACE_COUNTS, FileFacts
from pipeline.model.run_context import RunContext
from pipeline.model.split_groups import SplitGroup
from pipeline.reconcile import report_ages
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import DAY_US, IntArray
from schemas.kinds import REPORT_KINDS

_CHANNEL_AND_COUNTRY = ("sales_channel", "ship_country")


def collect_file_facts(rows: pd.DataFrame, group: SplitGroup, context: RunContext) -> FileFacts:
    """What the rows of a group say about each of its files as a whole."""
    kind, facts = group.plan.kind.name if group.plan.kind else "", FileFacts.know_nothing(len(group.splits))
    if kind == "confirmation":
        order_key = arrow.to_int64(rows["order_key"])
        is_individual = context.account.plan == INDIVIDUAL
        known_keys = order_key[dtypes.is_known(order_key)]
        return facts._replace(order_keys=groups.sorted_unique(known_keys) if is_individual else None)
    if kind not in REPORT_KINDS:
        return facts
    member = np.searchsorted(group.files, arrow.to_int64(rows["file"]))
    np.maximum.at(facts.newest_evidence, member, report_ages(rows, kind))
    if kind != "unshipped":
        return facts
    np.maximum.at(facts.newest_report_date, member, arrow.to_int64(rows["reporting_date"]))
    _find_latest_moments(rows, member, facts.latest_moment)
    return facts._replace(places=pa.concat_tables([_count_places(rows, name) for name in _CHANNEL_AND_COUNTRY]))


def _count_places(rows: pd.DataFrame, name: str) -> pa.Table:
    """How often each value of the column comes in each file; nothing of a column that is not there."""
    if name not in rows:
        return PLACE_COUNTS.empty_table()
    is_known = arrow.is_valid(rows[name])
    table = pa.table(
        {
            "file": arrow.to_arrow(rows["file"]),
            "is_country": pa.array(np.full(len(rows), name == _CHANNEL_AND_COUNTRY[1])),
            "place": arrow.to_arrow(rows[name]),
        }
    ).filter(pa.array(is_known))
    counts = table.group_by(table.column_names, use_threads=False).aggregate([([], "count_all")])
    return counts.rename_columns(PLACE_COUNTS.names).cast(PLACE_COUNTS)


def _find_latest_moments(rows: pd.DataFrame, member: IntArray, latest: IntArray) -> None:
    """Sets by when (UTC µs) each file was made: days-past-promise are whole days, rounded down.

    It stays LATEST where no row says it.
    """
    if "days_past_promise" in rows:
        promised, days = arrow.to_int64(rows["promise_date"]), arrow.to_int64(rows["days_past_promise"])
        is_said = dtypes.is_known(promised) & dtypes.is_known(days)
        np.minimum.at(latest, member[is_said], promised[is_said] + (days[is_said] + 1) * DAY_US)
