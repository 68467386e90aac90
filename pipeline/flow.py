"""Table of contents: plan, pass one over splits, pass two over orders."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pipeline import days, findings, frames, todo
from pipeline.audit import compare, profile
from pipeline.batch import Admitted, Changes, Context, FilePlan, Metric, Settled, Source, Split
from pipeline.claims import stage
from pipeline.claims import told as gather
from pipeline.engine import exchange, local
from pipeline.frames import Array
from pipeline.ingest import parse, plan, read
from pipeline.ledger import recall
from pipeline.ledger.memory import Memory
from pipeline.lifecycle import aging, carry, changes, dated, done, due, rates, state, stock
from pipeline.reconcile import agree, answers, confirm, facts, sightings, uploads
from pipeline.rules import files, inventory, lifecycle, orders
from pipeline.rules.rule import family, judge
from pipeline.validate import judge as validate
from pipeline.validate import shape
from schemas.confirmation import IDENTITY
from schemas.kinds import KINDS, REPORTS, UPLOADS

Progress = Callable[[int, int, int], None]  # bytes done, bytes in all, rows so far


def untold(_done: int, _total: int, _rows: int) -> None:
    """Progress that nobody watches."""


Planned = tuple[FilePlan, pd.DataFrame]  # how a file is to be read, and what there is to say of it as a file


def planned(sources: Sequence[Source], context: Context) -> list[Planned]:
    """The planning pass over every file."""
    return local.each(lambda one: plan.plan(*one, context), enumerate(sources))


def settle(sources: Sequence[Source], context: Context) -> Settled:
    """What ``settle_planned`` says of the sources, without a memory."""
    return settle_planned(planned(sources, context), context)


def settle_planned(
    planned: Sequence[Planned], context: Context, memory: Memory | None = None, progress: Progress = untold
) -> Settled:
    """Everything there is to know of the inputs at as-of, before any of it is published."""
    memory = memory or Memory()
    return compare.compared(decide(*first_pass(planned, context, progress), context, memory), memory.nights())


def first_pass(
    planned: Sequence[Planned], context: Context, progress: Progress = untold, *, every: bool = False
) -> tuple[list[FilePlan], list[Admitted], pd.DataFrame]:
    """Pass one over every split of every file: how the files are read, what is in them, what is wrong with them."""
    plans = [one for one, _ in planned]
    splits = [(one, split) for one in plans for split in one.splits]
    admitted = local.each(lambda part: admit(*part, context, every=every), splits, _metered(splits, progress))
    plans, admitted, refused = uploads.turned_away(plans, admitted, context)
    as_planned = [found for one, (before, found) in zip(plans, planned, strict=True) if one.refused == before.refused]
    return plans, admitted, findings.join([*as_planned, refused])


def _metered(splits: list[tuple[FilePlan, Split]], progress: Progress) -> Callable[[Admitted], None]:
    total, seen = sum(split.end - split.start for _, split in splits), [0, 0]

    def done(part: Admitted) -> None:
        seen[0] += part.size
        seen[1] += part.records
        progress(seen[0], total, seen[1])

    return done


def admit(plan_: FilePlan, split: Split, context: Context, *, every: bool = False) -> Admitted:
    """Pass one, which knows one split of one file: bytes to rows, rows to values, values believed or not.

    Columns that neither a rule of a night nor an output uses are read with ``every`` alone.
    """
    of = plan_.kind
    if plan_.refused or of is None:
        return read.counted(plan_, split)
    text = read.read(plan_, split, [column for column in of.columns if every or not column.audit])
    found, unreadable = shape.shape(text.rows, of)
    rows = parse.parse(text.rows, of, unreadable)
    masks = [mask for name, mask in unreadable.items() if name in IDENTITY]
    rows["unreadable"] = frames.series(functools.reduce(operator.or_, masks, np.zeros(len(rows), bool)))
    rows, found = validate.believe(rows, of, findings.join([text.findings, found]), context)
    size = split.end - split.start
    return Admitted(plan_.file, rows, found, text.records, text.blank, text.unreadable, size)


def decide(
    plans: list[FilePlan], admitted: list[Admitted], filed: pd.DataFrame, context: Context, memory: Memory
) -> Settled:
    """Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""
    names = [one.source.name for one in plans]
    bucket = exchange.exchange(plans, admitted)
    rows = {one.name: bucket.rows.get(one.name, parse.nothing(one)) for one in KINDS}
    told = believed(rows)
    evidence = gather.gather(told, recall.recall(memory, told, context), names)
    contacts = days.happened(evidence.contacts, "sent_date", context)
    seen = sightings.see([sightings.prepared(told[name], name) for name in REPORTS if len(told[name])])
    answered = heard(told["processing-report"], plans, memory, context)
    items, quiet = remember(seen, rows, answered, evidence.orders(), memory, context)
    gone = facts.no_longer_listed(items, rows["unshipped"], context)
    published = answered.standing(memory.published(rows["confirmation"]["order_key"]))
    held = confirm.Held(seen, frames.numbers(items["counts"]))
    now = state.stand(items, context)
    known = uploads.Known(now, held, gone, facts.quarantined(rows, REPORTS), contacts, published, names, context)
    decided = uploads.decide(rows["confirmation"], rows["cancellation"], bucket.findings, known)
    items = afterwards(items, decided, seen, context)
    everyone = frames.stack([aging.kept(items), quiet.items])
    counted = stock.available(told["stock"], everyone)
    changed = changes.changed(items, gone, context)
    mine = about_claims(evidence, everyone, decided.sent(items), memory, context)
    said = [
        *(filed, bucket.findings, decided.findings, answered.findings, mine.findings, dated.undated(everyone, context)),
        *reports_beside_each_other(seen, rows["unshipped"], names, context),
        *(quiet.findings, *about_items(changed, everyone, contacts, counted, context)),
        *about_nights(plans, memory, context),
    ]
    news = frames.stack([aging.news(items), quiet.news])
    return Settled(
        context,
        tuple(plans),
        tuple(exchange.tally(plans, admitted, [*fated(rows), decided.confirmations, decided.cancellations])),
        findings.sort(findings.join(said)),
        decided.confirmations,
        decided.cancellations,
        everyone,
        Changes(decided.published, answered.rows, answered.feeds, counted, news, memory.number),
        todo=todo.join([quiet.todo, due.reviews(changed, context), due.restock(everyone, counted), mine.todo]),
        metrics=(*measured(everyone, memory, context), mine.metric),
        claims=mine.claims,
        kinds=profile.profiles(plans, rows, profile.light),
    )


def about_claims(
    evidence: gather.Told, items: pd.DataFrame, sent: pd.DataFrame, memory: Memory, context: Context
) -> stage.Outcome:
    """What becomes of the claims, over all orders of the window that tonight's files or the ledger know."""
    known = memory.with_older(items, stage.COLUMNS, stage.reach(context), context)
    return stage.settle(evidence, known, [memory.sent(known), sent], context)


def measured(items: pd.DataFrame, memory: Memory, context: Context) -> tuple[Metric, ...]:
    """The rates that follow from the order items."""
    return rates.rates(memory.with_older(items, rates.COLUMNS, rates.reach(context), context), context)


def heard(reports: pd.DataFrame, plans: list[FilePlan], memory: Memory, context: Context) -> answers.Answered:
    """What Amazon answered to the feeds of earlier runs; without a ledger none is known that could be answered."""
    waiting = memory.unanswered()
    answering = plans if memory.number is not None else []
    return answers.answer(reports, answering, waiting, memory.of_feeds(waiting), context)


def afterwards(items: pd.DataFrame, decided: uploads.Decided, seen: sightings.Seen, context: Context) -> pd.DataFrame:
    """Where each order item stands after what this run confirms and cancels."""
    items = state.stand(items, context, decided.confirmed(len(items)), decided.called_off)
    items = done.done(items, decided.published, decided.confirmations["tracked"], decided.by_seller, context)
    return changes.placed(changes.delivery_estimate(items, context), seen.rows, seen.counting())


def believed(rows: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows of each kind but the uploads that can be believed and are the seller's."""
    return {
        name: frames.only(part, frames.flags(part["believed"]) & ~frames.flags(part["ignored"]))
        for name, part in rows.items()
        if name not in UPLOADS
    }


def fated(rows: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """The rows of each kind but the uploads with what became of them."""
    return [
        part.assign(accepted=part["believed"], skipped=part["ignored"])
        for name, part in rows.items()
        if name not in UPLOADS
    ]


def remember(
    seen: sightings.Seen,
    rows: dict[str, pd.DataFrame],
    answered: answers.Answered,
    claimed: Array,
    memory: Memory,
    context: Context,
) -> tuple[pd.DataFrame, aging.Aged]:
    """The order items of which a file of tonight speaks, and those that the ledger knows and only time can change."""
    tonight, refused = sightings.items(seen), answered.refused()
    unlisted = functools.partial(facts.no_longer_listed, unshipped=rows["unshipped"], context=context)
    wanted = np.concatenate(
        [frames.numbers(rows[name]["order_key"]) for name in UPLOADS] + [frames.numbers(refused["order_key"]), claimed]
    )
    counted = frames.numbers(rows["stock"]["counted_at"])
    spoken_of, quiet = memory.concerning(
        tonight, wanted, counted, context, lambda held: aging.aged(held, unlisted(held), context)
    )
    items = sightings.merged(carry.carry(tonight, spoken_of))
    about = np.concatenate([carry.partly_reported(items), frames.numbers(refused["order_key"])])
    items = carry.reopened(items, refused, answered.standing(memory.published(about)))
    return items, aging.together(quiet)


def about_items(
    changed: pd.DataFrame, everyone: pd.DataFrame, contacts: pd.DataFrame, counted: pd.DataFrame, context: Context
) -> list[pd.DataFrame]:
    """Deadlines, changes since the last run, what buyers wrote, and what all the orders leave of the stock."""
    written = stock.written_about(contacts, changed, counted)
    rules = [one for one in family(lifecycle) if one.ask]
    return [
        judge(rules, changed, context.policy),
        judge([lifecycle.asked_while_pending, lifecycle.asked_after_cancel], written, context.policy),
        judge(family(inventory), stock.with_uncounted(counted, everyone), context.policy),
    ]


def reports_beside_each_other(
    seen: sightings.Seen, unshipped: pd.DataFrame, names: Sequence[str], context: Context
) -> list[pd.DataFrame]:
    """What the reports say that does not fit together."""
    across = [orders.pending_elsewhere, orders.item_twice, orders.reports_disagree, orders.item_repeated]
    found = judge(across, agree.agree(seen, names), context.policy)
    rows = agree.days_since_promise(unshipped)
    return [found, judge([orders.days_past_promise_wrong], rows, context.policy)]


def about_nights(plans: Sequence[FilePlan], memory: Memory, context: Context) -> list[pd.DataFrame]:
    """What there is to say of the time since the last run, and of files whose content an earlier run has processed."""
    seen = memory.inputs()
    return [changes.gap(memory.last_reports(), context)] + [
        findings.about_file(files.seen_before, one.file, 1, run=seen[one.sha256]) for one in plans if one.sha256 in seen
    ]
