"""Which part of a feed holds what a row says again, and whether that part waits to be uploaded (SPEC §8, Feeds)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.model.feed_parts import ANSWERED, CONFIRMATION_STEM, PUBLISHED, SUBMITTING, UPLOADED, name_part
from pipeline.model.ledger_commands import format_command
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import TIMESTAMP, Array

_STATE_WORDS = {
    PUBLISHED: "not known to be uploaded",
    SUBMITTING: "being submitted",
    UPLOADED: "uploaded",
    ANSWERED: "answered by Amazon",
}
_PART_SCHEMA = pa.schema(
    [
        ("already_published_run", pa.int64()),
        ("already_published_feed", pa.int64()),
        ("already_published_in", pa.string()),
        ("waits_for_upload", pa.bool_()),
        ("unless_uploaded", pa.string()),
    ]
)


def describe_repeated(published: pd.DataFrame, repeated: Array) -> dict[str, pd.Series[Any]]:
    """What is known of the published confirmation (position, −1 for none) that each row repeats, null for none.

    The columns are those that ``reconcile.columns`` says are made here.
    """
    repeating = np.flatnonzero(repeated >= 0)
    parts = arrow.take_rows(published[["run", "feed", "upload_state"]], repeated[repeating])
    part_codes = groups.factorize_rows(parts, ("run", "feed"))
    distinct_parts = arrow.take_rows(parts, np.unique(part_codes, return_index=True)[1])
    described = [_describe_part(**part) for part in arrow.to_table(distinct_parts, distinct_parts.columns).to_pylist()]
    part_index = np.full(len(repeated), -1)
    part_index[repeating] = part_codes
    columns = pa.Table.from_pylist(described, _PART_SCHEMA).take(pa.array(part_index, mask=part_index < 0))
    published_at = arrow.to_arrow(published["published_at"]).cast(TIMESTAMP)
    published_at = published_at.take(pa.array(repeated, mask=repeated < 0))
    return {"already_published_at": arrow.to_series(published_at)} | {
        name: arrow.to_series(columns.column(name)) for name in _PART_SCHEMA.names
    }


def _describe_part(run: int, feed: int, upload_state: str) -> dict[str, Any]:
    """A part, what became of it, and what to do about it, in words."""
    request = " if that part was uploaded; else upload it. Then say so: " + format_command(f"feeds uploaded {run}")
    waits = upload_state == PUBLISHED
    return {
        "already_published_run": run,
        "already_published_feed": feed,
        "already_published_in": f"{name_part(CONFIRMATION_STEM, feed)} of run {run} ({_STATE_WORDS[upload_state]})",
        "waits_for_upload": waits,
        "unless_uploaded": request if waits else ".",
    }
