"""What the ledger holds of claims, contacts, returns and defects: the newest row of each that may still count."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger.history import History
from pipeline.ledger.partitions import months_between, to_months
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CLAIMS, CONTACTS, DEFECTS, RETURNS, LedgerTable
from pipeline.model.bucket_result import ClaimHistory
from pipeline.model.file_plan import FilePlan
from pipeline.model.given_logs import GivenLogs
from pipeline.model.order_keys import encode_order_id
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import DAY_US, Array
from pipeline.utils.masked_ints import MaskedInts

_CLOSED_STATUSES = pa.array(["withdrawn", "final-reversed", "final-upheld", "denied", "refunded"])


def read_claims_history(history: History, tonight: dict[str, pd.DataFrame], context: RunContext) -> ClaimHistory:
    """The claims that are open, count in the rate or are in this run's files, and the contacts about their orders.

    Of contacts, returns and defects also those of this run's months, and those of the window of the rate: who wrote
    then may still wait. Of the orders that any of these contacts and returns are about, all claims: they are claimed.
    """
    if history.ledger is None or not history.ledger.number:
        tables = (CLAIMS, CONTACTS, RETURNS, DEFECTS)
        return ClaimHistory(*(arrow.to_frame(table.schema.empty_table()) for table in tables))
    window = context.policy.duration_on("odr.window", context.as_of) or dt.timedelta()
    since = dtypes.instant_to_us(context.as_of - window)
    run_as_of = history.as_of_micros
    claims = _select_newest(history.ledger.read_rows(CLAIMS), ("order_key", "claim_id"), run_as_of)
    last_looked = min(history.latest_as_of, dtypes.instant_to_us(context.as_of))
    is_relevant = _is_relevant(claims, tonight["claims"], since, last_looked) | _is_asked(claims, context)
    keys = _list_order_keys(arrow.filter_rows(claims, is_relevant), tonight["claims"], context)
    recent_months = months_between(since, dtypes.instant_to_us(context.as_of))
    contacts, returns, defects = (
        _read_order_rows(history.ledger, table, keys, {*recent_months, *_list_months(month_of(tonight[table.name]))})
        for table, month_of in ((CONTACTS, contact_month), (RETURNS, return_month), (DEFECTS, defect_month))
    )
    returns = _select_newest(returns, ("order_key", "item_key", "return_request_date"), run_as_of)
    spoken = (contacts, tonight["contacts"], returns, tonight["returns"])
    return ClaimHistory(
        arrow.filter_rows(claims, is_relevant | _is_spoken_of(claims, spoken)),
        _select_newest(contacts, ("order_key", "contact_id"), run_as_of),
        returns,
        _select_newest(defects, ("order_key", "defect_id"), run_as_of),
    )


def find_given_logs(history: History, plans: Sequence[FilePlan]) -> GivenLogs:
    """Which lists of the seller this run or an earlier one was given."""
    ledger = history.ledger
    earlier_runs = arrow.to_arrow(ledger.runs["inputs"]).to_pylist() if ledger is not None and ledger.number else []
    earlier_inputs = [entry for inputs in earlier_runs for entry in json.loads(inputs)]
    given = [plan for plan in plans if plan.kind and not plan.refusal_code]
    kinds = {entry["kind"] for entry in earlier_inputs} | {plan.kind.name for plan in given if plan.kind}
    resolutions = [entry.get("resolutions", False) for entry in earlier_inputs] + [*map(logs_resolutions, given)]
    return GivenLogs("claims" in kinds, "contacts" in kinds, any(resolutions))


def logs_resolutions(plan: FilePlan) -> bool:
    """Whether a file is a contact log that says when contacts were resolved."""
    return plan.kind is not None and plan.kind.name == "contacts" and "resolved-date" in plan.header


def claim_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each claim, as text."""
    return _event_month(rows, "claim_date")


def contact_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each contact, as text."""
    return _event_month(rows, "sent_date")


def defect_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each defect, as text."""
    return _event_month(rows, "defect_date")


def return_month(rows: pd.DataFrame) -> pa.ChunkedArray:
    """The month of each return request, as text."""
    day = arrow.to_arrow(rows["return_request_date"]).cast(pa.timestamp("us"))
    return to_months(arrow.to_series(pc.assume_timezone(day, "UTC")))


def _event_month(rows: pd.DataFrame, name: str) -> pa.ChunkedArray:
    day = pc.assume_timezone(arrow.to_arrow(rows[f"{name}_day"]).cast(pa.timestamp("us")), "UTC")
    return to_months(arrow.to_series(pc.coalesce(arrow.to_arrow(rows[name]), day)))


def _list_months(months: pa.ChunkedArray) -> list[str]:
    return [month for month in months.unique().to_pylist() if month]


def _read_order_rows(ledger: LedgerSnapshot, table: LedgerTable, keys: Array, months: set[str]) -> pd.DataFrame:
    """The rows of the months, and the others of the orders (keys)."""
    month_rows = ledger.read_rows(table, months=sorted(months))
    order_keys = keys[dtypes.is_known(keys)]
    if not len(order_keys):
        return month_rows
    order_rows = ledger.read_rows(table, keys=groups.sorted_unique(order_keys))
    in_months = pc.is_in(arrow.to_arrow(order_rows["month"]), value_set=pa.array(sorted(months), pa.string()))
    return arrow.concat_frames([month_rows, arrow.filter_rows(order_rows, ~pc.fill_null(in_months, False).to_numpy())])


def _is_relevant(claims: pd.DataFrame, tonight: pd.DataFrame, since: int, last_looked: int) -> Array:
    """Which claims are in this run's files, could change when it was last looked, or are of an order that counts."""
    is_in_files = pc.is_in(
        arrow.to_arrow(claims["claim_id"]), value_set=arrow.to_arrow(tonight["claim_id"]).combine_chunks()
    )
    closed = pc.fill_null(pc.is_in(arrow.to_arrow(claims["status"]), value_set=_CLOSED_STATUSES), False).to_numpy()
    # the time to appeal a decision of a plain date may be over as much as a day later
    of_day = (arrow.is_valid(claims["decision_date_day"]) & ~arrow.is_valid(claims["decision_date"])) * 2 * DAY_US
    appeal_expired = MaskedInts.from_column(claims["appeal_by"]) + MaskedInts(of_day) < last_looked
    amazon_funded = arrow.equals_text(arrow.to_arrow(claims["funded_by"]), "amazon")
    closed |= arrow.equals_text(arrow.to_arrow(claims["status"]), "granted") & (appeal_expired | amazon_funded)
    return ~closed | (MaskedInts.from_column(claims["purchase_date"]) >= since) | is_in_files.to_numpy()


def _is_asked(claims: pd.DataFrame, context: RunContext) -> Array:
    """Which claims are those, or about the order, whose facts are to be printed."""
    ids = (arrow.to_arrow(claims[name]) for name in ("claim_id", "order_id"))
    return np.logical_or.reduce([arrow.equals_text(column, context.evidence) for column in ids])


def _list_order_keys(claims: pd.DataFrame, tonight: pd.DataFrame, context: RunContext) -> Array:
    """The orders (keys) of the claims of earlier runs and of this one, and the order whose facts are to be printed."""
    asked_key = encode_order_id(context.evidence)
    keys = [arrow.to_int64(rows["order_key"]) for rows in (claims, tonight)]
    return np.concatenate([*keys, np.array([] if asked_key is None else [asked_key], np.int64)])


def _is_spoken_of(claims: pd.DataFrame, spoken: Sequence[pd.DataFrame]) -> Array:
    """Which claims are about orders of which any of the contacts or returns speaks."""
    spoken_orders = np.concatenate([arrow.to_int64(rows["order_key"]) for rows in spoken])
    return groups.is_in(arrow.to_int64(claims["order_key"]), spoken_orders)


def _select_newest(rows: pd.DataFrame, ids: tuple[str, ...], run_as_of: Array) -> pd.DataFrame:
    """The row of each id by the run that judged at the latest instant, of two such runs the later."""
    if not len(rows):
        return rows
    row_groups = groups.factorize_rows(rows, ids)
    run_numbers = arrow.to_int64(rows["seq"])
    row_order = np.lexsort((run_numbers, run_as_of[run_numbers - 1]))
    last_rows = np.zeros(int(row_groups.max()) + 1, np.int64)
    last_rows[row_groups[row_order]] = row_order
    return arrow.take_rows(rows, np.sort(last_rows))
