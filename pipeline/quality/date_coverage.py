"""How the rows of a kind are spread over days."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.profiles import DateCoverage, DateGap
from pipeline.quality.value_counts import MAX_GAPS
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas import kinds
from schemas.kind import FileKind

_EVENT_DATES = ("purchase_date", "sent_date", "claim_date", "return_request_date", "ship_date", "counted_at")


def list_days(rows: pd.DataFrame, kind: str) -> dict[str, Array]:
    """The different days (int64, since 1970) of each column of dates that says when the thing itself happened."""
    value_names = {column.value_name for column in kinds.find_kind(kind).columns}
    days = {}
    for name in _EVENT_DATES:
        if name in value_names and name in rows and rows[name].notna().any():
            dates = arrow.to_arrow(rows[name]).cast(pa.date32(), safe=False).cast(pa.int32())
            days[name] = np.unique(dates.drop_null().to_numpy()).astype(np.int64)
    return days


def describe_days(days: dict[str, Array], kind: FileKind) -> DateCoverage | None:
    """How rows with these days are spread, by the first column of dates that has any; None without any."""
    name = next((name for name in _EVENT_DATES if name in days), None)
    if name is None:
        return None
    distinct_days = days[name]
    return DateCoverage(
        next(column.name for column in kind.columns if column.value_name == name),
        _format_day(distinct_days[0]),
        _format_day(distinct_days[-1]),
        int(distinct_days[-1] - distinct_days[0] + 1 - len(distinct_days)),
        _longest_gaps(distinct_days),
    )


def _longest_gaps(distinct_days: Array) -> tuple[DateGap, ...]:
    """The longest gaps between the days seen, in the order of days."""
    gap_days = np.diff(distinct_days) - 1
    longest = np.sort(np.argsort(-gap_days, kind="stable")[:MAX_GAPS])
    return tuple(
        DateGap(
            _format_day(distinct_days[gap_index] + 1),
            _format_day(distinct_days[gap_index + 1] - 1),
            int(gap_days[gap_index]),
        )
        for gap_index in longest.tolist()
        if gap_days[gap_index]
    )


def _format_day(day_number: Any) -> str:
    return str(np.datetime64(int(day_number), "D"))
