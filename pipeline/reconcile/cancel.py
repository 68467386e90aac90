"""Cancellation rows: what they cover, whether that can be canceled, and where they contradict a confirmation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.frames import NEVER
from pipeline.reconcile.confirm import address_of
from pipeline.reconcile.match import Pairs, match
from pipeline.states import CANCELED, NAMES, UNSHIPPED


def cancelable(rows: pd.DataFrame, items: pd.DataFrame) -> tuple[pd.DataFrame, Pairs]:
    """The cancellation rows with ``cancelable`` and ``state_found``, and the pairs they cover.

    A row for a whole order needs all of its items unshipped, those already canceled aside; an item named needs to
    be unshipped itself. What no report holds cannot be verified as unshipped.
    """
    pairs = match(rows, items)
    state = items["state"].to_numpy(np.int64)[pairs.item]
    loose = items["item_key"].to_numpy(np.int64)[pairs.item] < 0
    named = pairs.names_item[pairs.row]
    good = (state == UNSHIPPED) & ~(named & loose)
    bad = ~good & ~((state == CANCELED) & ~named)
    readable = frames.known(rows["order_key"]) & (pairs.names_item | pairs.whole)
    able = pairs.any(good) & ~pairs.any(bad)
    worst = np.full(len(rows), len(NAMES))
    worst[pairs.row[~good]] = state[~good]
    found = frames.strings([*NAMES, "in no report given"], worst)
    return rows.assign(
        cancelable=frames.series(pa.array(able, mask=~readable)),
        state_found=frames.series(found),
    ), pairs


def opposed(
    rows: pd.DataFrame, pairs: Pairs, others: pd.DataFrame, theirs: Pairs, names: Sequence[str]
) -> pd.Series[str]:
    """For each row the address of the first of the other upload's rows about the same order item, null without one."""
    size = max(pairs.item.max(initial=-1), theirs.item.max(initial=-1)) + 1
    first = np.full(size, NEVER)
    first[theirs.item[::-1]] = theirs.row[::-1]
    at = np.full(len(rows), NEVER)
    at[pairs.row[::-1]] = first[pairs.item[::-1]] if size else at[:0]
    met = first[pairs.item] != NEVER if size else np.zeros(0, bool)
    at[pairs.row[met]] = first[pairs.item[met]]
    lacking = at == NEVER
    if not len(others) or lacking.all():
        return frames.series(pa.nulls(len(rows), pa.string()))
    return frames.series(address_of(others, names, np.where(lacking, 0, at), lacking))
