"""One claim a row: what has happened of what its row says, and where its order stands."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import timepoints
from pipeline.claims.order_index import OrderIndex
from pipeline.claims.timepoints import LocalClock, Timepoints
from pipeline.utils import arrow
from pipeline.utils.categories import encode_words
from pipeline.utils.dtypes import Array

# Each date of something that happens, and what is not so either as long as that has not happened.
_EVENT_DATES = {
    "claim_date": (),
    "info_requested_date": (),
    "info_answered_date": (),
    "refund_date": ("refund_amount",),
    "withdrawn_date": (),
    "decision_date": ("decision", "funded_by"),
    "appeal_date": (),
    "appeal_decision_date": ("appeal_decision",),
    "delivered_date": (),
    "returned_date": (),
}
_EXPECTED_DATES = ("latest_delivery_date", "tracking_promised_date")
_YES_NO = ("Y", "N")
_COLUMN_WORDS = {
    "decision": ("granted", "denied"),
    "funded_by": ("seller", "amazon"),
    "appeal_decision": ("reversed", "upheld"),
    "domestic_return_address": _YES_NO,
    "prepaid_label": _YES_NO,
    "full_refund_offered": _YES_NO,
}
_CLAIM_TYPES = ("not-received", "not-as-described", "not-refunded", "international-return", "extra-charges")
NOT_RECEIVED, _, NOT_REFUNDED, INTERNATIONAL, EXTRA_CHARGES = range(len(_CLAIM_TYPES))


class ClaimRows(NamedTuple):
    """The claims, and beside each its type (a number), its dates, and where its order and its evidence are.

    ``order_index`` is the number of its order among those in any of the inputs, ``known_order_index`` its number
    among the orders of which items are known (−1: none), ``facts_index`` the position of its facts (−1: none),
    ``item_index`` that of one of its items.
    """

    rows: pd.DataFrame
    claim_type: Array
    dates: dict[str, Timepoints]
    order_index: Array
    known_order_index: Array
    facts_index: Array
    item_index: Array
    clock: LocalClock
    items: pd.DataFrame  # all items, in which ``item_index`` are positions
    contradictions: list[tuple[Array, str]]  # which claims contradict themselves, and how
    word_codes: dict[str, Array]  # of the columns of _WORDS which of their words they hold, −1 for none of them

    def has_word(self, column: str, word: str) -> Array:
        """Where a column has the word, as bool."""
        return self.word_codes[column] == _COLUMN_WORDS[column].index(word)

    def covers_claim(self) -> Array:
        """Where the refund is certainly as large as what is claimed."""
        covers = pc.greater_equal(*(arrow.to_arrow(self.rows[name]) for name in ("refund_amount", "claim_amount")))
        return pc.fill_null(covers, False).to_numpy()

    def lacks_amount(self) -> Array:
        """Where it is not known how much is claimed, or how much was refunded."""
        return ~(arrow.is_valid(self.rows["refund_amount"]) & arrow.is_valid(self.rows["claim_amount"]))

    def take_items(self, name: str) -> pa.Array:
        """A column of the item of each claim, of one of its order where it names none; null without one."""
        positions = pa.array(np.maximum(self.item_index, 0), mask=self.item_index < 0)
        return arrow.to_arrow(self.items[name]).take(positions).combine_chunks()


def build_claim_rows(
    rows: pd.DataFrame, order_indices: tuple[Array, Array], orders: OrderIndex, items: pd.DataFrame, clock: LocalClock
) -> ClaimRows:
    """The claims as they stand at as-of: what is dated later has not happened, and is left out.

    ``order_indices`` are the numbers of their orders: among those in any of the inputs, and among the known. What
    may be left out also stands in the rows as it was given, as ``…_given``: it may have happened by another night.
    """
    rows = rows.assign(**{f"{name}_given": rows[name] for name in itertools.chain(*_EVENT_DATES.values())})
    dates = {name: timepoints.read_timepoints(rows, name) for name in (*_EVENT_DATES, *_EXPECTED_DATES)}
    contradictions: list[tuple[Array, str]] = []
    for name, dependents in _EVENT_DATES.items():
        ahead = timepoints.is_future(dates[name], clock)
        if ahead.any():
            contradictions.append((ahead, f"{name.replace('_', '-')} is after as-of, so it has not happened yet"))
            dates[name] = dates[name].where(~ahead)
            rows = rows.assign(**{column: _null_where(rows[column], ahead) for column in dependents})
    known_order_index = order_indices[1]
    claim_type = encode_words(rows["claim_type"], _CLAIM_TYPES)
    word_codes = {name: encode_words(rows[name], words) for name, words in _COLUMN_WORDS.items()}
    facts_index = _find_facts(rows, known_order_index, orders, items)
    first_item = orders.starts[np.maximum(known_order_index, 0)] if len(orders.starts) else known_order_index
    item_index = np.where(
        (facts_index >= 0) & (facts_index < len(items)), facts_index, np.where(known_order_index >= 0, first_item, -1)
    )
    return ClaimRows(
        rows=rows,
        claim_type=claim_type,
        dates=dates,
        order_index=order_indices[0],
        known_order_index=known_order_index,
        facts_index=facts_index,
        item_index=item_index,
        clock=clock,
        items=items,
        contradictions=contradictions,
        word_codes=word_codes,
    )


def _null_where(values: pd.Series[Any], mask: Array) -> pd.Series[Any]:
    """The values, null where the mask holds."""
    array = arrow.to_arrow(values)
    return arrow.to_series(pc.if_else(pa.array(mask), pa.scalar(None, array.type), array))


def _find_facts(rows: pd.DataFrame, known_order_index: Array, orders: OrderIndex, items: pd.DataFrame) -> Array:
    """Where the facts of each claim are: of its item where its order has that item, else of all items of its order."""
    facts_index = orders.find_facts(known_order_index)
    with_item = np.flatnonzero(arrow.is_valid(rows["item_key"]) & (known_order_index >= 0))
    if with_item.size:
        item_index = orders.find_items(
            arrow.to_int64(rows["item_key"])[with_item], known_order_index[with_item], arrow.to_int64(items["item_key"])
        )
        facts_index[with_item] = np.where(item_index >= 0, item_index, facts_index[with_item])
    return facts_index
