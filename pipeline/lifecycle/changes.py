"""What the LIF rules ask about: deadlines near and passed, and what changed since the last run."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Context
from pipeline.channels import by_amazon
from pipeline.frames import DAY, NEVER, Array
from pipeline.rules import lifecycle
from pipeline.states import AUTO_CANCELED, CANCELED, NAMES, PARTIALLY_SHIPPED, PENDING, SHIPPED, UNSHIPPED


def changed(items: pd.DataFrame, gone: Array, context: Context) -> pd.DataFrame:
    """The items with one truth a LIF rule; ``gone`` says which a complete report should hold and does not."""
    rows = items.copy(deep=False)
    state = items["state"].to_numpy(np.int64)
    amazon = by_amazon(items["fulfillment_channel"])
    open_ = np.isin(state, (UNSHIPPED, PARTIALLY_SHIPPED)) & ~amazon
    now = frames.moment(context.as_of)
    due, promise, bought = (frames.numbers(items[name]) for name in ("confirm_by", "promise_date", "purchase_date"))
    early = _span(items, "shipment.warn_before", context)
    longest = _span(items, "order.verification", context)
    before = frames.arrow(items["state_before"])
    facts = {
        "warned": open_ & (due != NEVER) & (early != NEVER) & (now >= due - early) & (now <= due),
        "lost": (state == AUTO_CANCELED) & ~amazon & ~frames.equal(before, NAMES[AUTO_CANCELED]),
        "pending_long": (state == PENDING) & ~amazon & (longest != NEVER) & (now > bought + longest),
        "overdue": open_ & (promise != NEVER) & (promise < now),
        "vanished": open_ & gone & (frames.numbers(items["quantity_confirmed"], 0) == 0),
        "newly_canceled": (state == CANCELED)
        & frames.known(items["state_before"])
        & ~frames.equal(before, NAMES[CANCELED])
        & ~frames.flags(items["called_off"]),
    }
    for name, mask in facts.items():
        rows[name] = frames.series(mask)
    rows["impossible"] = frames.series(_impossible(items, amazon))
    _estimates(rows)
    return rows


def _span(items: pd.DataFrame, entry: str, context: Context) -> Array:
    """A policy window in µs by each item's purchase, NEVER where none was in force."""
    window = frames.arrow(context.policy.window(entry, on=items["purchase_date"])).cast(pa.int64())
    return pc.fill_null(window, NEVER).to_numpy()


def _impossible(items: pd.DataFrame, amazon: Array) -> pa.Array:
    """In words what cannot have happened since the last run; null where all is well."""
    before, status = frames.arrow(items["state_before"]), frames.arrow(items["status"])
    tonight = frames.flags(items["tonight"]) & ~amazon
    held, now = (frames.numbers(items[name]) for name in ("purchased_before", "quantity_purchased"))
    conditions = {
        "it was shipped and is pending again": tonight
        & frames.equal(before, NAMES[SHIPPED])
        & frames.equal(status, "pending"),
        "it was canceled and is unshipped again": tonight
        & ~frames.flags(items["called_off"])
        & frames.equal(before, NAMES[CANCELED])
        & frames.equal(status, "unshipped"),
        "the quantity purchased has changed": tonight
        & (held != NEVER)
        & (now != NEVER)
        & (held != now)
        & ~frames.equal(status, "canceled"),
    }
    said = np.select(list(conditions.values()), range(1, len(conditions) + 1), 0)
    return frames.strings(["", *conditions], said, said == 0)


def delivery_estimate(items: pd.DataFrame, context: Context) -> pd.DataFrame:
    """The items with their delivery estimate: moved, where Amazon released the order late (SPEC §4, Released).

    By the days from the end of the hold to the release, rounded up, and never backwards. Once a report gives a newer
    estimate than an earlier night's, Amazon has moved it itself, and it stands as given.
    """
    given, released, bought = (
        frames.numbers(items[name]) for name in ("latest_delivery_date", "released", "purchase_date")
    )
    hold = _span(items, "order.hold", context)
    late = np.where((released == NEVER) | (bought == NEVER) | (hold == NEVER), 0, released - bought - hold)
    before = frames.numbers(items["given_before"])
    renewed = frames.flags(items["renewed_before"]) | ((before != NEVER) & (given > before))
    days = np.where(renewed, 0, np.maximum(-(-late // DAY), 0))
    return items.assign(
        estimate_renewed=frames.series(renewed),
        delivery_estimate=frames.series(frames.instants(np.where(given == NEVER, NEVER, given + days * DAY))),
        moved_days=frames.series(np.where(given == NEVER, 0, days)),
    )


def _estimates(rows: pd.DataFrame) -> None:
    """Adds whether the estimate moved, said once for each new estimate, and when the order was released."""
    now, before = frames.numbers(rows["delivery_estimate"]), frames.numbers(rows["estimate_before"])
    rows["estimate_moved"] = frames.series((frames.numbers(rows["moved_days"]) > 0) & (now != before))
    rows["released_at"] = frames.series(frames.instants(frames.numbers(rows["released"])))


def gap(last: dt.datetime | None, context: Context) -> pd.DataFrame:
    """A finding where the last reports were read longer ago than they are to be; none without a last time."""
    every = context.policy.duration("order.check_every", context.as_of)
    if last is None or every is None or context.as_of - last <= every:
        return findings.none()
    return findings.about_file(
        lifecycle.gap_in_nights, findings.LEDGER, 0, since=last.isoformat().replace("+00:00", "Z")
    )


def nowhere(items: pd.DataFrame) -> pd.DataFrame:
    """The items with the file LEDGER and no line: no file of this run holds them."""
    size = len(items)
    places = {"file": findings.LEDGER, "line": 0, "record": 0}
    return items.assign(**{name: frames.series(np.full(size, value)) for name, value in places.items()})


def placed(items: pd.DataFrame, sightings: pd.DataFrame, first: Array) -> pd.DataFrame:
    """The items with file, line and record of the sighting that counts; file LEDGER where only the ledger has one.

    ``first`` is where among the sightings that of each numbered item stands (``items.counts``).
    """
    rows = items.copy(deep=False)
    number = frames.numbers(rows["counts"])
    seen = number >= 0
    at = np.where(seen, first[number] if len(first) else 0, 0)
    for name, otherwise in (("file", findings.LEDGER), ("line", 0), ("record", 0)):
        held = frames.numbers(sightings[name]) if len(sightings) else np.zeros(1, np.int64)
        rows[name] = frames.series(np.where(seen, held[at], otherwise))
    return rows
