"""Reports beside each other and beside themselves: what ORD-101, 104, 107, 108 and 110 ask about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import NEVER, Array
from pipeline.reconcile.confirm import address_of
from pipeline.reconcile.sightings import CANCELED, PENDING, RANK, Seen

_DAY = 86_400_000_000  # µs: the column counts spans of 24 hours, whatever the clocks do
_FIXED = ("purchase_date", "sku", "quantity_purchased")  # what cannot change about an order item
_ASIDE = {"file", "line", "record", "rank", "evidence", "newest", "order_key", "item_key"}


def agree(seen: Seen, names: Sequence[str]) -> pd.DataFrame:
    """The sightings about which there is something to say, with the facts that say what; few or none.

    Adds ``pending_elsewhere``, ``repeats_line``, ``differs_from_line``, ``disagrees_with``, ``disagrees_about``.
    """
    rows, at, starts = seen
    pending = _pending_elsewhere(rows)[at]
    if len(starts) == len(at) and not pending.any():
        return rows.head(0)
    runs = frames.run_numbers(starts, len(rows))
    several = np.flatnonzero((np.bincount(runs)[runs] > 1) | pending)
    facts = frames.take(rows, at[several])
    facts["pending_elsewhere"] = frames.series(pending[several])
    _with_winner(facts, runs[several], names)
    _within_report(facts, runs[several])
    return facts


def _pending_elsewhere(rows: pd.DataFrame) -> Array:
    """Orders and Unshipped rows whose order a newer All Orders row calls Pending."""
    rank, order = rows["rank"].to_numpy(np.int64), rows["order_key"].to_numpy(np.int64)
    evidence = rows["evidence"].to_numpy(np.int64)
    waits = (rank == RANK["all-orders"]) & pc.equal(frames.arrow(rows["status"]), PENDING).to_numpy()
    if not waits.any():
        return np.zeros(len(rows), bool)
    newest = pd.Series(evidence[waits]).groupby(order[waits]).max()
    at = newest.index.get_indexer(pd.Index(order))
    return (rank < RANK["all-orders"]) & (at >= 0) & (newest.to_numpy()[at] > evidence)


def _with_winner(facts: pd.DataFrame, run: Array, names: Sequence[str]) -> None:
    """Adds which row that counts says otherwise, and about what; only across files, and not once it is canceled."""
    starts = frames.first_of_runs(run)
    first = starts[frames.run_numbers(starts, len(run))]
    file = facts["file"].to_numpy(np.int64)
    other = (file != file[first]) & (facts["item_key"].to_numpy(np.int64) > 0)
    canceled = pc.equal(frames.arrow(facts["status"]), CANCELED).to_numpy()
    about = np.full(len(run), "", object)
    for name in _FIXED:
        mine = frames.codes(facts[name]) if name == "sku" else frames.numbers(facts[name])
        missing = (mine == NEVER) | (mine == -1)
        unequal = other & (mine != mine[first]) & ~missing & ~missing[first]
        if name == "quantity_purchased":
            unequal &= ~canceled & ~canceled[first]
        about = np.where(unequal & (about == ""), name.replace("_", "-"), about)
    facts["disagrees_about"] = frames.series(pa.array(about, pa.string()))
    facts["disagrees_with"] = frames.series(address_of(facts, names, first, about == ""))


def _within_report(facts: pd.DataFrame, run: Array) -> None:
    """Adds, for a line whose item stood earlier in the same report, that line: as a repeat or as different."""
    file, line = facts["file"].to_numpy(np.int64), facts["line"].to_numpy(np.int64)
    by = np.lexsort((line, file, run))
    again = np.zeros(len(run), bool)
    again[1:] = (run[by][1:] == run[by][:-1]) & (file[by][1:] == file[by][:-1])
    alike = np.ones(len(run), bool)
    for name in set(facts.columns) - _ASIDE - {"disagrees_about", "disagrees_with", "pending_elsewhere"}:
        code = pd.factorize(facts[name].astype(str))[0][by]
        alike[1:] &= code[1:] == code[:-1]
    before = np.roll(line[by], 1)
    for name, mask in (("repeats_line", again & alike), ("differs_from_line", again & ~alike)):
        lines, which = np.zeros(len(run), np.int64), np.ones(len(run), bool)
        lines[by], which[by] = before, ~mask
        facts[name] = frames.series(pa.array(lines, mask=which))


def days_since_promise(rows: pd.DataFrame) -> pd.DataFrame:
    """Unshipped rows with ``report_made``, their report's newest reporting-date, and the days from promise to it.

    ``made`` has that date for each of them, int64 UTC µs.
    """
    newest = frames.numbers(rows["made"])
    promise = frames.numbers(rows["promise_date"])
    days = np.floor_divide(newest - promise, _DAY)
    return rows.assign(
        report_made=frames.series(frames.instants(newest)),
        days_since_promise=frames.series(pa.array(days, mask=(promise == NEVER) | (newest == NEVER))),
    )
