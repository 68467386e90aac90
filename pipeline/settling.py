"""Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline import days, findings, frames, todo
from pipeline.admitting import First
from pipeline.audit import profile
from pipeline.batch import Changes, Context, FilePlan, Metric, Settled
from pipeline.claims import stage
from pipeline.claims import told as gather
from pipeline.engine import exchange
from pipeline.frames import NEVER, Array
from pipeline.ingest import parse
from pipeline.ledger import recall
from pipeline.ledger.memory import Memory
from pipeline.lifecycle import aging, carry, changes, dated, done, due, rates, state, stock
from pipeline.profiles import Kind
from pipeline.ready import Partial
from pipeline.reconcile import agree, answers, confirm, facts, parcels, sightings, uploads
from pipeline.rules import lifecycle, orders
from pipeline.rules.rule import family, judge
from schemas.kinds import KINDS, REPORTS, UPLOADS


class Across(NamedTuple):
    """What is known of all files before any order is judged, and told to every bucket.

    ``files`` are the newest reporting-date and evidence of each file, ``counts`` the stock counts that are believed,
    ``latest`` of these the one of each sku that counts, ``answered`` what Amazon answered. ``fates`` are those
    of the rows that no bucket is given.
    """

    plans: Sequence[FilePlan]
    files: tuple[Array, Array]
    counts: pd.DataFrame
    latest: pd.DataFrame
    answered: answers.Answered
    context: Context
    fates: Array
    kinds: tuple[Kind, ...]

    @property
    def names(self) -> list[str]:
        """The input names, by the numbers of the files."""
        return [one.source.name for one in self.plans]

    def unlisted(self, unshipped: pd.DataFrame) -> Callable[[pd.DataFrame], Array]:
        """Which order items a complete Unshipped Orders report should hold and does not; of a bucket, by its rows."""
        made = int(self.files[0].max(initial=NEVER))
        return functools.partial(facts.no_longer_listed, unshipped=unshipped, newest=made, context=self.context)

    def within(self, low: int, high: int) -> Across:
        """What is told to the bucket of those order keys."""
        return self._replace(answered=self.answered.within(low, high))


def across(first: First, memory: Memory, context: Context) -> Across:
    """What every bucket is told: what all files say together, and what Amazon answered."""
    files = exchange.newest(first.plans, first.parts)
    rows = complete(exchange.bucket(None, first.plans, first.parts, files))
    told = believed(rows)
    counts = told["stock"]
    answered = heard(told["processing-report"], first.plans, memory, context)
    return Across(
        first.plans,
        files,
        counts,
        stock.latest(counts),
        answered,
        context,
        exchange.fates(fated(rows), len(first.plans)),
        profile.together(
            profile.profiles(first.plans, complete({}), profile.light),
            [part.profile for part in first.parts if part.profile and not first.plans[part.file].refused],
        ),
    )


def complete(rows: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows of every kind, none of those that no file has."""
    return {one.name: rows.get(one.name, parse.nothing(one)) for one in KINDS}


class Judged(NamedTuple):
    """What pass two made of a bucket: all about its orders, what only counts with others, and where parcels go."""

    settled: Settled
    partial: Partial
    parcels: pd.DataFrame


def judged(found: dict[str, pd.DataFrame], told_all: Across, memory: Memory) -> Judged:
    """Pass two, which knows every row of its orders: what each item's state is, and what may be uploaded."""
    context, names, answered = told_all.context, told_all.names, told_all.answered
    told = believed(rows := complete(found))
    evidence = gather.gather(told, recall.recall(memory, told, context), names, memory.last_run)
    contacts = days.happened(evidence.contacts, "sent_date", context)
    seen = sightings.see([sightings.prepared(told[name], name) for name in REPORTS if len(told[name])])
    unlisted = told_all.unlisted(rows["unshipped"])
    items, quiet = remember(seen, rows, evidence.orders(), told_all, memory, unlisted)
    gone = unlisted(items)
    published = answered.standing(memory.published(rows["confirmation"]["order_key"]))
    held = confirm.Held(seen, frames.numbers(items["counts"]))
    stand = state.stand(items, context)
    known = uploads.Known(stand, held, gone, facts.quarantined(rows, REPORTS), contacts, published, names, context)
    decided = uploads.decide(rows["confirmation"], rows["cancellation"], known)
    items = afterwards(items, decided, seen, context)
    everyone = frames.stack([aging.kept(items), quiet.items])
    changed = changes.changed(items, gone, context)
    mine = about_claims(evidence, everyone, decided.sent(items), memory, context)
    written = stock.written_about(contacts, changed)
    said = [
        *(decided.findings, mine.findings, quiet.findings, *about_items(changed, written, context)),
        *reports_beside_each_other(seen, rows["unshipped"], names, context),
    ]
    fates = [*fated(rows), decided.confirmations, decided.cancellations]
    partial = only_with_others(everyone, written, mine, told_all, memory)._replace(
        fates=exchange.fates(fates, len(names)),
        parcels=parcels.orders(decided.parcels),
    )
    news = frames.stack([aging.news(items), quiet.news])
    whole = Settled(
        context,
        tuple(told_all.plans),
        (),
        findings.sort(findings.join(said)),
        decided.confirmations,
        decided.cancellations,
        everyone,
        Changes(decided.published, answered.rows, answered.feeds, told_all.latest, news, memory.number),
        todo=todo.join([quiet.todo, due.reviews(changed, context), mine.todo]),
        metrics=(),
        claims=mine.claims,
    )
    return Judged(whole, partial, decided.parcels)


def only_with_others(
    items: pd.DataFrame, written: pd.DataFrame, claims: stage.Outcome, told_all: Across, memory: Memory
) -> Partial:
    """What of the order items says something only together with those of other buckets."""
    context = told_all.context
    shown = [*findings.quoted(lifecycle.asked_after_cancel, written), "state", "sku"]
    none = np.zeros(0, np.int64)
    return Partial(
        none,
        *stock.ordered(told_all.latest, items),
        frames.frame(frames.table(written, shown)),
        none,
        [*dated.undated(items, context), *claims.undated],
        (*measured(items, memory, context), claims.metric),
        claims.claims.exposure,
        len(claims.claims.rows),
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
    claimed: Array,
    told_all: Across,
    memory: Memory,
    unlisted: Callable[[pd.DataFrame], Array],
) -> tuple[pd.DataFrame, aging.Aged]:
    """The order items of which a file of tonight speaks, and those that the ledger knows and only time can change."""
    context, answered = told_all.context, told_all.answered
    tonight, refused = sightings.items(seen), answered.refused()
    wanted = np.concatenate(
        [frames.numbers(rows[name]["order_key"]) for name in UPLOADS] + [frames.numbers(refused["order_key"]), claimed]
    )
    counted = frames.numbers(told_all.counts["counted_at"])
    spoken_of, quiet = memory.concerning(
        tonight, wanted, counted, context, lambda held: aging.aged(held, unlisted(held), context)
    )
    items = sightings.merged(carry.carry(tonight, spoken_of), seen)
    about = np.concatenate([carry.partly_reported(items), frames.numbers(refused["order_key"])])
    items = carry.reopened(items, refused, answered.standing(memory.published(about)))
    return items, aging.together(quiet)


def about_items(changed: pd.DataFrame, written: pd.DataFrame, context: Context) -> list[pd.DataFrame]:
    """Deadlines, changes since the last run, and what buyers wrote about pending orders."""
    rules = [one for one in family(lifecycle) if one.ask]
    return [judge(rules, changed, context.policy), judge([lifecycle.asked_while_pending], written, context.policy)]


def reports_beside_each_other(
    seen: sightings.Seen, unshipped: pd.DataFrame, names: Sequence[str], context: Context
) -> list[pd.DataFrame]:
    """What the reports say that does not fit together."""
    across = [orders.pending_elsewhere, orders.item_twice, orders.reports_disagree, orders.item_repeated]
    found = judge(across, agree.agree(seen, names), context.policy)
    rows = agree.days_since_promise(unshipped)
    return [found, judge([orders.days_past_promise_wrong], rows, context.policy)]
