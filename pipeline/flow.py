"""Table of contents: plan, pass one over splits, pass two over orders."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pipeline import findings, frames
from pipeline.batch import Admitted, Context, FilePlan, Settled, Source, Split
from pipeline.engine import exchange, local
from pipeline.ingest import parse, plan, read
from pipeline.lifecycle import dated, state
from pipeline.reconcile import agree, confirm, sightings, uploads
from pipeline.rules import orders
from pipeline.rules.rule import judge
from pipeline.validate import judge as validate
from pipeline.validate import shape
from schemas.kinds import REPORTS

Progress = Callable[[int, int, int], None]  # bytes done, bytes in all, rows so far


def untold(_done: int, _total: int, _rows: int) -> None:
    """Progress that nobody watches."""


def settle(sources: Sequence[Source], context: Context, progress: Progress = untold) -> Settled:
    """Everything there is to know of the inputs at as-of, before any of it is published."""
    planned = local.each(lambda one: plan.plan(*one, context), enumerate(sources))
    plans = [one for one, _ in planned]
    splits = [(one, split) for one in plans for split in one.splits]
    admitted = local.each(lambda part: admit(*part, context), splits, _metered(splits, progress))
    plans, admitted, refused = uploads.turned_away(plans, admitted, context)
    filed = findings.join([*(found for _, found in planned), refused])
    return decide(plans, admitted, filed, context)


def _metered(splits: list[tuple[FilePlan, Split]], progress: Progress) -> Callable[[Admitted], None]:
    total, seen = sum(split.end - split.start for _, split in splits), [0, 0]

    def done(part: Admitted) -> None:
        seen[0] += part.size
        seen[1] += part.records
        progress(seen[0], total, seen[1])

    return done


def admit(plan_: FilePlan, split: Split, context: Context) -> Admitted:
    """Pass one, which knows one split of one file: bytes to rows, rows to values, values believed or not."""
    kind = plan_.kind
    if plan_.refused or kind is None:
        return read.counted(plan_, split)
    text = read.read(plan_, split, [column for column in kind.columns if not column.audit])
    found, unreadable = shape.shape(text.rows, kind)
    rows = parse.parse(text.rows, kind, unreadable)
    rows["unreadable"] = frames.series(functools.reduce(operator.or_, unreadable.values(), np.zeros(len(rows), bool)))
    rows, found = validate.believe(rows, kind, findings.join([text.findings, found]), context)
    return Admitted(plan_.file, rows, found, text.records, text.blank, text.unreadable, split.end - split.start)


def decide(plans: list[FilePlan], admitted: list[Admitted], filed: pd.DataFrame, context: Context) -> Settled:
    """Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""
    names = [one.source.name for one in plans]
    bucket = exchange.exchange(plans, admitted)
    believed = {
        kind: frames.only(rows, frames.flags(rows["believed"]) & ~frames.flags(rows["ignored"]))
        for kind, rows in bucket.rows.items()
        if kind in (*REPORTS, "contacts")
    }
    seen = sightings.see([sightings.prepared(believed[kind], kind) for kind in REPORTS if kind in believed])
    items = sightings.items(seen)
    nothing = np.zeros(len(items), np.int64)
    before = state.stand(items, context, nothing, nothing > 0)
    held = confirm.Held(seen.rows, items["counts"].to_numpy(np.int64))
    contacts = believed.get("contacts", pd.DataFrame())
    known = uploads.Known(before, held, quarantined(bucket), contacts, names, context)
    decided = uploads.decide(bucket.of("confirmation"), bucket.of("cancellation"), bucket.findings, known)
    items = state.stand(items, context, decided.confirmed, decided.called_off)
    said = [
        filed,
        bucket.findings,
        decided.findings,
        dated.undated(items, seen.rows, context),
        *reports_beside_each_other(seen, believed, names, context),
    ]
    rows = [
        rows.assign(accepted=rows["believed"], skipped=rows["ignored"])
        for kind, rows in bucket.rows.items()
        if kind not in ("confirmation", "cancellation")
    ]
    rows += [decided.confirmations, decided.cancellations]
    return Settled(
        context,
        tuple(plans),
        tuple(exchange.tally(plans, admitted, rows)),
        findings.sort(findings.join(said)),
        decided.confirmations,
        decided.cancellations,
        items,
    )


def reports_beside_each_other(
    seen: sightings.Seen, believed: dict[str, pd.DataFrame], names: Sequence[str], context: Context
) -> list[pd.DataFrame]:
    """What the reports say that does not fit together."""
    across = [orders.pending_elsewhere, orders.item_twice, orders.reports_disagree, orders.item_repeated]
    found = [judge(across, agree.agree(seen, names), context.policy)]
    if "unshipped" in believed:
        rows = agree.days_since_promise(believed["unshipped"])
        found.append(judge([orders.days_past_promise_wrong], rows, context.policy))
    return found


def quarantined(bucket: exchange.Bucket) -> pd.DataFrame:
    """The ids, as far as they can be read, of the report rows that are not believed."""
    parts = [
        rows.loc[~frames.flags(rows["believed"]), ["order_key", "item_key"]]
        for kind, rows in bucket.rows.items()
        if kind in REPORTS
    ]
    return pd.concat(parts) if parts else pd.DataFrame({"order_key": [], "item_key": []}, dtype="int64[pyarrow]")
