"""Amazon's processing reports against the feeds that were published: which rows were refused (SPEC §8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Context, FilePlan
from pipeline.frames import NEVER, Array
from pipeline.rules import answers as rules
from schemas import lists

REFUSED, WARNED = "refused", "warned"
_NO_MATCH = -1


class FeedLike(NamedTuple):
    """A published feed: the run and the part it was, its records, and when it was published."""

    run: int
    part: int
    records: int
    published_at: Any


class Answered(NamedTuple):
    """What Amazon answered: the confirmations with their ``answer``, the feeds answered, and what there is to say.

    ``rows`` are those confirmations that were refused or accepted with a warning, one row an order item.
    """

    rows: pd.DataFrame
    feeds: list[tuple[int, int]]
    findings: pd.DataFrame

    def refused(self) -> pd.DataFrame:
        """Order key, item key and units of what was refused."""
        rows = frames.only(self.rows, frames.equal(frames.arrow(self.rows["answer"]), REFUSED))
        return rows[["order_key", "item_key", "units", "run", "feed", "record"]]

    def within(self, low: int, high: int) -> Answered:
        """What was answered about the orders from one key up to another, and without that: the rows alone."""
        order = frames.numbers(self.rows["order_key"])
        return Answered(frames.only(self.rows, (order >= low) & (order < high)), [], findings.none())

    def standing(self, published: pd.DataFrame) -> pd.DataFrame:
        """Of the published confirmations those that are not refused by now."""
        place = ["run", "feed", "record"]
        gone, all_ = (pd.MultiIndex.from_frame(rows[place].astype("int64")) for rows in (self.refused(), published))
        return frames.only(published, ~all_.isin(gone)) if len(gone) and len(published) else published


def answer(
    rows: pd.DataFrame, plans: Sequence[FilePlan], open_: Sequence[Any], published: pd.DataFrame, context: Context
) -> Answered:
    """Every processing report matched to the feed it answers, oldest feed first.

    ``open_`` are the feeds not answered yet, ``published`` their confirmations (one row an order item).
    """
    left, told = list(open_), []
    for plan in plans:
        if plan.kind and plan.kind.name == "processing-report" and not plan.refused:
            mine = frames.only(rows, frames.numbers(rows["file"]) == plan.file)
            told.append(_one(plan, mine, left, published))
            left = [feed for feed in left if (feed.run, feed.part) not in told[-1].feeds]
    late = [_late(feed, context) for feed in left]
    empty = published.head(0).assign(**{name: _text(0) for name in ("answer_file",)})
    return Answered(
        _passed_on(frames.stack([empty, *(one.rows for one in told)]), published),
        [feed for one in told for feed in one.feeds],
        findings.join([*(one.findings for one in told), *late]),
    )


def _passed_on(rows: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The rows, and the corrections that stand for units which Amazon refused as they were published first.

    Those units are the correction's then: it is a confirmation that is not refused (SPEC §1, confirmed).
    """
    if not len(rows):
        return rows
    both = frames.stack([rows, published])
    place = frames.alike(both, ("run", "feed", "record", "item_key"))
    both = frames.only(both, (np.arange(len(both)) < len(rows)) | ~frames.among(place, place[: len(rows)]))
    refused = frames.equal(frames.arrow(both["answer"]), REFUSED)
    run, units = frames.numbers(both["run"]), frames.numbers(both["units"], 0).copy()
    same = frames.alike(both, ("order_key", "item_key", "given_item", "quantity"))
    by = np.argsort(run, kind="stable")
    heir, giver = np.full(same.max() + 1, -1), np.full(same.max() + 1, -1)
    for last, mask in ((heir, ~refused & (units == 0)), (giver, refused & (units > 0))):
        last[same[by[mask[by]]]] = by[mask[by]]
    passed = (heir >= 0) & (giver >= 0) & (run[heir] > run[giver])
    heir, giver = heir[passed], giver[passed]
    units[heir], units[giver] = units[giver], 0
    told = np.concatenate([np.arange(len(rows)), heir[heir >= len(rows)]])
    return frames.take(both.assign(units=frames.series(units)), told)


def _one(plan: FilePlan, rows: pd.DataFrame, feeds: list[Any], published: pd.DataFrame) -> Answered:
    """One report: its feed is the one whose order ids it names, and whose records it counts."""
    best, hits = None, np.zeros(0, np.int64)
    named = frames.known(rows["order-id"])
    for feed in feeds:
        mine = _of(published, feed)
        found = _matched(rows, mine)
        fits = bool((found[named] >= 0).all()) and (named.any() or plan.counts[:1] == (feed.records,))
        better = best is None or (plan.counts[:1] == (feed.records,) and plan.counts[:1] != (best.records,))
        if fits and better:
            best, hits = feed, found
    if best is None:
        told = "this report answers no feed that was published and not answered yet"
        return Answered(published.head(0), [], findings.about_file(rules.counts_differ, plan.file, 1, told=told))
    return _judged(plan, rows, best, _of(published, best), hits)


def _of(published: pd.DataFrame, feed: Any) -> pd.DataFrame:
    mine = (frames.numbers(published["run"]) == feed.run) & (frames.numbers(published["feed"]) == feed.part)
    return frames.only(published, mine) if len(published) else published


def _matched(rows: pd.DataFrame, published: pd.DataFrame) -> Array:
    """For each row of a report the record of the feed it speaks of; −1 where it fits none.

    By order id and, where given, item id; several such records are told apart by their number. A row without an
    order id is its record number.
    """
    record = frames.numbers(rows["original_record_number"])
    out = np.full(len(rows), _NO_MATCH)
    held = frames.arrow(published["order_id"]).to_pandas() if len(published) else pd.Series([], dtype=str)
    records = frames.numbers(published["record"]) if len(published) else np.zeros(0, np.int64)
    items = frames.arrow(published["order_item_id"]).to_pandas() if len(published) else pd.Series([], dtype=str)
    known = pd.DataFrame({"order": held.to_numpy(object), "item": items.to_numpy(object), "record": records})
    asked = pd.DataFrame(
        {
            "at": np.arange(len(rows)),
            "order": rows["order-id"].to_numpy(object),
            "named": rows["order-item-id"].to_numpy(object),
            "said": record,
        }
    )
    both = asked.dropna(subset=["order"]).merge(known, on="order")
    both = both[both["named"].isna() | (both["named"] == both["item"])]
    both["far"] = (both["said"] - both["record"]).abs()
    nearest = both.sort_values(["at", "far", "record"]).drop_duplicates("at")
    out[nearest["at"].to_numpy(np.int64)] = nearest["record"].to_numpy(np.int64)
    bare = ~frames.known(rows["order-id"])
    return np.where(bare & np.isin(record, records), record, out)


def _judged(plan: FilePlan, rows: pd.DataFrame, feed: Any, published: pd.DataFrame, hits: Array) -> Answered:
    warning = _is_warning(frames.arrow(rows["error-type"]))
    whole = (frames.numbers(rows["original_record_number"]) == 0) & ~warning & (plan.counts[1:] == (0,))
    refused = np.where(warning, _NO_MATCH, hits)
    if whole.any():
        refused = np.concatenate([refused, frames.numbers(published["record"])])
    record = frames.numbers(published["record"])
    told = np.argsort(warning, kind="stable")  # what refused a record, rather than what only warned of it
    at = pd.Series(told, index=hits[told]).groupby(level=0).first()
    by = at.reindex(record).fillna(int(np.flatnonzero(whole)[0]) if whole.any() else -1).to_numpy(np.int64)
    bad, warned = np.isin(record, refused[refused >= 0]), np.isin(record, hits[warning & (hits >= 0)])
    touched = np.flatnonzero(bad | warned)
    answered = frames.take(published, touched).assign(
        answer=frames.series(np.where(bad, REFUSED, WARNED)[touched].astype(object)),
        answer_line=frames.series(frames.arrow(rows["line"]).take(pa.array(by[touched], mask=by[touched] < 0))),
        answer_code=frames.series(frames.arrow(rows["error-code"]).take(pa.array(by[touched], mask=by[touched] < 0))),
        answer_text=frames.series(
            frames.arrow(rows["error-message"]).take(pa.array(by[touched], mask=by[touched] < 0))
        ),
        answer_file=frames.series(pa.repeat(pa.scalar(plan.source.name), len(touched))),
    )
    return Answered(
        answered, [(feed.run, feed.part)], _said(plan, rows, feed, warning, len(np.unique(refused[refused >= 0])))
    )


def _is_warning(kind: pa.ChunkedArray) -> Array:
    words = pa.array(sorted(lists.warning_words()), pa.string())
    return pc.fill_null(pc.is_in(pc.utf8_lower(kind), value_set=words), False).to_numpy()


def _said(plan: FilePlan, rows: pd.DataFrame, feed: Any, warning: Array, errors: int) -> pd.DataFrame:
    """One finding a row of the report, and one where its counts are not those of the feed."""
    told = rows.assign(answer_code=rows["error-code"], answer_text=rows["error-message"], value=rows["error-code"])
    parts = [
        findings.of(rule, frames.only(told, mask), value="value", column="error-code")
        if mask.any()
        else findings.none()
        for rule, mask in ((rules.refused, ~warning), (rules.warned, warning))
    ]
    processed, successful = (*plan.counts, None, None)[:2]
    wrong = []
    if processed is not None and processed != feed.records:
        wrong.append(f"{processed} records processed, but the feed of run {feed.run} holds {feed.records}")
    elif processed is not None and successful is not None and processed - successful != errors:
        wrong.append(f"{processed - successful} records failed, but {errors} are named")
    parts += [findings.about_file(rules.counts_differ, plan.file, 1, told=one) for one in wrong]
    return findings.join(parts)


def _late(feed: Any, context: Context) -> pd.DataFrame:
    """A finding about a feed that should have been answered by now; none before that."""
    expected = context.policy.duration("acknowledgement.expected_within", context.as_of)
    if expected is None or context.as_of - feed.published_at <= expected:
        return findings.none()
    since = feed.published_at.isoformat().replace("+00:00", "Z")
    words = {"feed": str(feed.part), "run": str(feed.run), "since": since}
    return findings.about_file(rules.unanswered, findings.LEDGER, 0, **words)


def _text(size: int) -> pd.Series[Any]:
    return frames.series(pa.nulls(size, pa.string()))


__all__ = ["NEVER", "Answered", "answer"]
