"""One claim a row: what has happened of what its row says, and where its order stands."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.claims import moments
from pipeline.claims.coded import coded
from pipeline.claims.moments import Clock, Moments
from pipeline.claims.orders import Orders
from pipeline.frames import Array

# Each date of something that happens, and what is not so either as long as that has not happened.
_EVENTS = {
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
_FORETOLD = ("latest_delivery_date", "tracking_promised_date")
_YES = ("Y",)
_WORDS = {
    "decision": ("granted", "denied"),
    "funded_by": ("seller", "amazon"),
    "appeal_decision": ("reversed", "upheld"),
    "domestic_return_address": _YES,
    "prepaid_label": _YES,
    "full_refund_offered": _YES,
}
_KINDS = ("not-received", "not-as-described", "not-refunded", "international-return", "extra-charges")
NOT_RECEIVED, _, NOT_REFUNDED, INTERNATIONAL, EXTRA_CHARGES = range(len(_KINDS))


class Case(NamedTuple):
    """The claims, and beside each its type (a number), its dates, and where its order and its evidence are.

    ``order`` is the number of its order among those that anything is said of, ``known`` its number among the
    orders of which items are known (−1: none), ``evidence`` the position of its facts (−1: none),
    ``item`` that of one of its items.
    """

    rows: pd.DataFrame
    kind: Array
    when: dict[str, Moments]
    order: Array
    known: Array
    evidence: Array
    item: Array
    clock: Clock
    wrong: list[tuple[Array, str]]  # which claims are told something that cannot be, and what
    coded: dict[str, Array]  # of the columns of _WORDS which of their words they hold, −1 for none of them

    def says(self, name: str, word: str) -> Array:
        """Where a column has the word, as bool."""
        return self.coded[name] == _WORDS[name].index(word)


def case(rows: pd.DataFrame, order: tuple[Array, Array], known: Orders, items: pd.DataFrame, clock: Clock) -> Case:
    """The claims as they stand at as-of: what is dated later has not happened, and is left out.

    ``order`` are the numbers of their orders: among those that anything is said of, and among the known. What may be
    left out also stands in the rows as it was given, as ``…_given``: it may have happened by another night.
    """
    rows = rows.assign(**{f"{name}_given": rows[name] for name in itertools.chain(*_EVENTS.values())})
    when = {name: moments.of(rows, name) for name in (*_EVENTS, *_FORETOLD)}
    wrong: list[tuple[Array, str]] = []
    for name, also in _EVENTS.items():
        ahead = moments.future(when[name], clock)
        if ahead.any():
            wrong.append((ahead, f"{name.replace('_', '-')} lies after as-of, so it has not happened"))
            when[name] = when[name].where(~ahead)
            rows = rows.assign(**{one: _without(rows[one], ahead) for one in also})
    at = order[1]
    kind = coded(rows["claim_type"], _KINDS)
    held = {name: coded(rows[name], words) for name, words in _WORDS.items()}
    evidence = _evidence(rows, at, known, items)
    whole = known.starts[np.maximum(at, 0)] if len(known.starts) else at
    item = np.where((evidence >= 0) & (evidence < len(items)), evidence, np.where(at >= 0, whole, -1))
    return Case(rows, kind, when, order[0], at, evidence, item, clock, wrong, held)


def _without(values: pd.Series[Any], mask: Array) -> pd.Series[Any]:
    """The values, null where the mask holds."""
    array = frames.arrow(values)
    return frames.series(pc.if_else(pa.array(mask), pa.scalar(None, array.type), array))


def _evidence(rows: pd.DataFrame, at: Array, known: Orders, items: pd.DataFrame) -> Array:
    """Where the facts of each claim are: of its item where its order has that item, else of all items of its order."""
    found = known.facts(at)
    named = np.flatnonzero(frames.known(rows["item_key"]) & (at >= 0))
    if named.size:
        item = known.position(frames.numbers(rows["item_key"])[named], at[named], frames.numbers(items["item_key"]))
        found[named] = np.where(item >= 0, item, found[named])
    return found
