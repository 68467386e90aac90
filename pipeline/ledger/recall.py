"""What the ledger holds of claims, contacts and returns: the newest row of each that may still count."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context, Recalled
from pipeline.frames import NEVER, Array
from pipeline.ledger.memory import Memory
from pipeline.ledger.months import month_of, months_between
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import CLAIMS, CONTACTS, RETURNS, Table

_CLOSED = pa.array(["withdrawn", "final-reversed", "final-upheld", "denied", "refunded"])


def recall(memory: Memory, tonight: dict[str, pd.DataFrame], context: Context) -> Recalled:
    """The claims that are open, count in the rate or stand in tonight's files, and what was said about their orders.

    Of contacts and returns also those of tonight's months, and those of the window of the rate: who wrote then may
    still wait.
    """
    if memory.ledger is None or not memory.ledger.number:
        return Recalled(*(frames.frame(table.schema.empty_table()) for table in (CLAIMS, CONTACTS, RETURNS)))
    window = context.policy.duration("odr.window", context.as_of) or dt.timedelta()
    since = frames.moment(context.as_of - window)
    judged = memory.judged
    claims = _newest(memory.ledger.rows(CLAIMS), ("order_key", "claim_id"), judged)
    looked = min(memory.last_run, frames.moment(context.as_of))
    claims = frames.only(claims, _counts(claims, tonight["claims"], since, looked))
    keys = np.concatenate([frames.numbers(rows["order_key"]) for rows in (claims, tonight["claims"])])
    recent = months_between(since, frames.moment(context.as_of))
    said = _about(memory.ledger, CONTACTS, keys, {*recent, *_months(contact_month(tonight["contacts"]))})
    asked = _about(memory.ledger, RETURNS, keys, {*recent, *_months(return_month(tonight["returns"]))})
    return Recalled(
        claims,
        _newest(said, ("order_key", "contact_id"), judged),
        _newest(asked, ("order_key", "item_key", "return_request_date"), judged),
    )


def claim_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each claim, as text."""
    return _month(rows, "claim_date")


def contact_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each contact, as text."""
    return _month(rows, "sent_date")


def return_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each return request, as text."""
    day = frames.arrow(rows["return_request_date"]).cast(pa.timestamp("us"))
    return month_of(frames.series(pc.assume_timezone(day, "UTC")))


def _month(rows: pd.DataFrame, name: str) -> pa.ChunkedArray:
    day = pc.assume_timezone(frames.arrow(rows[f"{name}_day"]).cast(pa.timestamp("us")), "UTC")
    return month_of(frames.series(pc.coalesce(frames.arrow(rows[name]), day)))


def _months(months: pa.ChunkedArray) -> list[str]:
    return [one for one in months.unique().to_pylist() if one]


def _about(ledger: Ledger, table: Table, keys: Array, months: set[str]) -> pd.DataFrame:
    """The rows of the months, and the others of the orders (keys)."""
    near = ledger.rows(table, months=sorted(months))
    known = keys[keys != NEVER]
    if not len(known):
        return near
    far = ledger.rows(table, keys=frames.distinct(known))
    inside = pc.is_in(frames.arrow(far["month"]), value_set=pa.array(sorted(months), pa.string()))
    return frames.stack([near, frames.only(far, ~pc.fill_null(inside, False).to_numpy())])


def _counts(claims: pd.DataFrame, tonight: pd.DataFrame, since: int, looked: int) -> Array:
    """Which claims are told of tonight, could change when it was last looked, or are of an order that counts."""
    told = pc.is_in(frames.arrow(claims["claim_id"]), value_set=frames.arrow(tonight["claim_id"]).combine_chunks())
    closed = pc.fill_null(pc.is_in(frames.arrow(claims["status"]), value_set=_CLOSED), False).to_numpy()
    appeal = frames.numbers(claims["appeal_by"])
    closed |= frames.equal(frames.arrow(claims["status"]), "granted") & (appeal < looked)
    return ~closed | (frames.numbers(claims["purchase_date"]) >= since) | told.to_numpy()


def _newest(rows: pd.DataFrame, ids: tuple[str, ...], judged: Array) -> pd.DataFrame:
    """The row of each id by the run that judged at the latest instant, of two such runs the later."""
    if not len(rows):
        return rows
    same = frames.alike(rows, ids)
    seq = frames.numbers(rows["seq"])
    at = np.lexsort((seq, judged[seq - 1]))
    last = np.zeros(int(same.max()) + 1, np.int64)
    last[same[at]] = at
    return frames.take(rows, np.sort(last))
