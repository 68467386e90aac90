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
    """For each row the address of the first of the other upload's rows about the same order item, null without one.

    Items that no report holds are the same where order and item ids are, a whole order being all of its items.
    """
    mine, other = pairs.only(~pairs.loose), theirs.only(~theirs.loose)
    known = pd.DataFrame({"row": mine.row, "item": mine.item})
    both = known.merge(pd.DataFrame({"other": other.row, "item": other.item}), on="item")
    by_id = _by_id(rows, pairs).merge(_by_id(others, theirs), on="order", suffixes=("", "_other"))
    whole = (by_id["item"] == NEVER) | (by_id["item_other"] == NEVER)
    same = (by_id["item"] == by_id["item_other"]) | (whole & (by_id["vague"] | by_id["vague_other"]))
    by_id = by_id[same & (by_id["lost"] | by_id["lost_other"])].rename(columns={"row_other": "other"})
    met = pd.concat([both[["row", "other"]], by_id[["row", "other"]]]).groupby("row")["other"].min()
    first = np.full(len(rows), NEVER)
    first[met.index.to_numpy(np.int64)] = met.to_numpy(np.int64)
    lacking = first == NEVER
    if lacking.all():
        return frames.series(pa.nulls(len(rows), pa.string()))
    return frames.series(address_of(others, names, np.where(lacking, 0, first), lacking))


def _by_id(rows: pd.DataFrame, pairs: Pairs) -> pd.DataFrame:
    """Row, order and item (keys, NEVER for the whole order) of the rows to be compared by their ids.

    These are the rows ``lost``, which stand beside no item of known id, and those that mean a whole order. A lost row
    is ``vague`` where no report tells the items of its order: then a whole order may mean it, too.
    """
    order = frames.numbers(rows["order_key"])
    lost = (order != NEVER) & (pairs.names_item | pairs.whole)
    lost[pairs.row[~pairs.loose]] = False
    vague = lost & (~pairs.order_known | pairs.any(pairs.loose))
    at = np.flatnonzero(lost | ((order != NEVER) & pairs.whole))
    items = frames.numbers(rows["item_key"])
    return pd.DataFrame({"row": at, "order": order[at], "item": items[at], "lost": lost[at], "vague": vague[at]})
