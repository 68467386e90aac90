"""What was returned and what was paid back, by the claim itself and by the Returns report."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.claims import moments
from pipeline.claims.case import NOT_REFUNDED, Case
from pipeline.claims.evidence import Facts
from pipeline.claims.moments import Moments
from pipeline.claims.orders import members
from pipeline.frames import NEVER, Array

_MONEY = pa.decimal128(38, 2)


class Refunds(NamedTuple):
    """Which claims are about something that came back and was not paid back in full, and the evidence of it.

    ``report`` is the position of the Returns report's row that says it came back (−1: none); ``currency`` and
    ``country`` are those of the order. Of the claims of something not refunded, which ``about`` names, ``amount`` is
    what was to be paid back, ``refunded`` what was.
    """

    owed: Array
    report: Array
    about: Array  # rising
    amount: Any
    refunded: Any
    currency: Any
    country: Any

    def place(self, rows: Array) -> Array:
        """Where among those not refunded the claims stand, all of which are."""
        return np.searchsorted(self.about, rows)


class _Reported(NamedTuple):
    """What the Returns report says of each claim's evidence; the amounts, of each claim of something not refunded."""

    report: Array
    refused: Array  # every row says that the return is not in policy
    refunded: Any
    amount: Any


class Returned(NamedTuple):
    """The positions of the rows of the Returns report by order, and where among these those of each order begin."""

    rows: Array
    starts: Array  # and behind the last order the end


def returned(order: Array, orders: int) -> Returned:
    """The returns by the numbers of their orders, of which there are so many."""
    starts = np.zeros(orders + 1, np.int64)
    np.cumsum(np.bincount(order, minlength=orders), out=starts[1:])
    return Returned(np.argsort(order, kind="stable"), starts)


def refunds(case: Case, returns: pd.DataFrame, known: Returned, facts: Facts, items: pd.DataFrame) -> Refunds:
    """What is owed for returns."""
    about = np.flatnonzero(case.kind == NOT_REFUNDED)
    told = _reported(case, about, returns, known)
    at = pa.array(np.maximum(case.item, 0), mask=case.item < 0)
    held = {name: frames.arrow(items[name]).take(at).combine_chunks() for name in ("currency", "ship_country")}
    claimed = frames.arrow(case.rows["refund_amount"]).take(pa.array(about)).combine_chunks().cast(_MONEY)
    refunded = pc.max_element_wise(claimed, told.refunded)
    amount = pc.coalesce(facts.worth(case.evidence[about]), told.amount)
    back = (case.when["returned_date"].take(about).known | (told.report[about] >= 0)) & ~told.refused[about]
    unsaid = case.when["refund_date"].take(about).known & pc.is_null(refunded).to_numpy(zero_copy_only=False)
    nothing = pc.fill_null(pc.equal(refunded, pa.scalar(0, _MONEY)), True).to_numpy(zero_copy_only=False)
    less = pc.fill_null(pc.less(refunded, amount), False).to_numpy(zero_copy_only=False)
    owed = np.zeros(len(case.rows), bool)
    owed[about] = back & ~unsaid & (nothing | less)
    return Refunds(owed, told.report, about, amount, refunded, held["currency"], held["ship_country"])


def _reported(case: Case, about: Array, returns: pd.DataFrame, known: Returned) -> _Reported:
    """The rows of the Returns report about each claim of something not refunded, as far as they have happened."""
    size = len(case.rows)
    begin = known.starts[case.order[about]]
    which, place = members(begin, known.starts[case.order[about] + 1] - begin)
    row, at = about[which], known.rows[place]
    item, named = frames.numbers(case.rows["item_key"].take(row)), frames.numbers(returns["item_key"].take(at))
    same = (item == NEVER) | (named == NEVER) | (item == named)
    row, at, which = row[same], at[same], which[same]
    outside = frames.equal(frames.arrow(returns["in_policy"].take(at)), "N")
    delivered = frames.numbers(returns["return_delivery_date"].take(at))
    day = Moments(np.full(len(at), NEVER), delivered)
    came = day.known & ~moments.future(day, case.clock.at(row)) & ~outside
    report = np.full(size, -1)
    report[row[came]] = at[came]
    refused = np.zeros(size, bool)
    refused[row[outside]] = True
    refused[row[~outside]] = False
    paid, amount = (
        frames.arrow(returns[name]).take(pa.array(at)).cast(_MONEY) for name in ("refunded_amount", "order_amount")
    )
    return _Reported(report, refused, _paid(paid, which, named[same], len(about)), _most(amount, which, len(about)))


def _paid(amounts: Any, row: Array, item: Array, size: int) -> pa.Array:
    """For each claim what its rows say was paid back: of the items they name the sum, of each the largest amount."""
    told = pa.table({"row": row, "item": item, "amount": amounts})
    each = told.group_by(["row", "item"], use_threads=False).aggregate([("amount", "max")])
    each = each.append_column("named", pc.not_equal(each["item"], NEVER))
    both = each.group_by(["row", "named"], use_threads=False).aggregate([("amount_max", "sum")])
    return _most(both["amount_max_sum"].cast(_MONEY), both["row"], size)


def _most(amounts: Any, row: Any, size: int) -> pa.Array:
    """For each claim the largest of the amounts of its rows, null without one."""
    told = pa.table({"row": row, "amount": amounts})
    most = told.group_by("row", use_threads=False).aggregate([("amount", "max")])
    where = np.full(size, -1)
    where[most.column("row").to_numpy()] = np.arange(len(most))
    return most.column("amount_max").combine_chunks().take(pa.array(where, mask=where < 0))
