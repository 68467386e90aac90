"""Every claim judged: its status, grounds, deadlines and money, and what there is to say about it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import findings, frames, todo
from pipeline.batch import Context
from pipeline.claims import evidence, lines, moments, refunds, status
from pipeline.claims.case import Case, case
from pipeline.claims.concerned import Concerned
from pipeline.claims.evidence import Facts
from pipeline.claims.grounds import Grounds, grounds
from pipeline.claims.heard import Heard, hear
from pipeline.claims.moments import Clock, Moments
from pipeline.claims.orders import Orders, last_report
from pipeline.claims.refunds import Returned
from pipeline.claims.report import report
from pipeline.claims.status import YES, Standing
from pipeline.claims.told import Told
from pipeline.frames import Array
from pipeline.policy import Policy
from pipeline.rules import claims as rules
from pipeline.rules.rule import Rule, family

_TRUTH = pd.ArrowDtype(pa.bool_())
_FEW = 20_000  # claims that are not worth a thread


class Known(NamedTuple):
    """What the claims are held against: all that is told, the order items with their facts, and what was sent."""

    told: Told
    items: pd.DataFrame
    sent: pd.DataFrame
    orders: Orders
    last: Array  # of each of these the position of the item that a report of this run held last
    facts: Facts
    heard: Heard
    keys: Array  # of the orders that anything is said of, in the order of their numbers
    held: Array  # the number of each among the orders of the items, −1 for none
    numbers: list[Array]  # of the orders of the claims, the contacts and the returns
    returned: Returned
    clock: Clock  # a row an order that anything is said of

    def slice(self, begin: int, size: int) -> Known:
        """The same of only so many claims, the first of them at the position ``begin``."""
        rows = frames.table(self.told.claims, self.told.claims.columns).slice(begin, size)
        told = self.told._replace(claims=frames.frame(rows))
        return self._replace(told=told, numbers=[self.numbers[0][begin : begin + size], *self.numbers[1:]])


class Verdict(NamedTuple):
    """Some claims, one row each with everything a rule or a report asks about, and what they were judged by."""

    rows: pd.DataFrame
    case: Case
    grounds: Grounds
    standing: Standing


class Judged(NamedTuple):
    """All claims judged, what the rules have to say about them, and what is to be done.

    ``lost`` are those that count in the order defect rate, ``when`` the dates from which a policy's window runs,
    ``contact`` and ``estimate`` as the grounds have them.
    """

    rows: pd.DataFrame
    lost: Array
    when: dict[str, Moments]
    contact: Array
    estimate: Array
    findings: pd.DataFrame
    todo: list[pd.DataFrame]


def knowing(told: Told, mine: Concerned, sent: list[pd.DataFrame], context: Context) -> Known:
    """Everything that the claims, and the contacts about orders without one, are held against."""
    items, orders, numbers, keys = mine
    clock = moments.clock(items["sales_channel"], context)
    held = np.arange(len(keys))
    held[len(orders.keys) :] = -1
    zone = np.zeros(len(keys), np.int64)  # of an order that is not known, the account's
    zone[: len(orders.keys)] = clock.zone[orders.starts]
    about = clock._replace(zone=zone)
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(hear, told.contacts, told.returns, (numbers[1], numbers[2]), about)
        holds = evidence.standing(evidence.published(sent, items, orders, told.names))
        facts = evidence.facts(items, holds, orders, clock.zone, clock.used)
        last, returned = last_report(items, orders), refunds.returned(numbers[2], len(keys))
        return Known(told, items, holds, orders, last, facts, heard.result(), keys, held, numbers, returned, about)


def judge(known: Known) -> Judged:
    """The claims as they stand at as-of: each for itself, and so in slices, one for each core."""
    cores, size = pa.cpu_count(), len(known.told.claims)
    each = max(-(-size // cores), _FEW)
    slices = [known.slice(begin, each) for begin in range(0, max(size, 1), each)]
    with ThreadPoolExecutor(cores) as pool:
        others = [pool.submit(_heard, one) for one in slices[1:]]
        return _joined([_heard(slices[0]), *(one.result() for one in others)])


def _heard(known: Known) -> tuple[Verdict, pd.DataFrame, list[pd.DataFrame]]:
    """The verdict of a slice of the claims, the findings and what is to be done."""
    verdict = _verdict(known)
    open_ = frames.flags(verdict.rows["tonight"]) | lines.open_claims(verdict, known.told.since)
    asked = [one for one in family(rules) if one.ask and one is not rules.buyer_waits]
    found = findings.join([_asked(one, verdict.rows, open_, known.clock.context.policy) for one in asked])
    return verdict, found, lines.of_claims(verdict)


def _asked(one: Rule, rows: pd.DataFrame, open_: Array, policy: Policy) -> pd.DataFrame:
    """What a rule has to say of the open claims: it is asked of those for which what it needs is true, or there."""
    need = rows[one.needs[0]]
    true = frames.flags(need) if need.dtype == _TRUTH else frames.known(need)
    at = np.flatnonzero(true & open_)
    if not at.size:
        return findings.none()
    told = frames.frame(frames.table(rows, dict.fromkeys([*findings.quoted(one, rows), *one.needs])))
    told = frames.take(told, at)
    return findings.of(one, frames.only(told, one.hits(told, policy).to_numpy(bool)))


def _verdict(known: Known) -> Verdict:
    order, items = known.numbers[0], known.items
    mine = case(known.told.claims, (order, known.held[order]), known.orders, items, known.clock.at(order))
    back = refunds.refunds(mine, known.told.returns, known.returned, known.facts, items)
    found = grounds(mine, known.heard, known.facts, back, known.orders)
    standing = status.stand(mine, found)
    return Verdict(report(mine, found, back, standing, known), mine, found, standing)


def _joined(parts: list[tuple[Verdict, pd.DataFrame, list[pd.DataFrame]]]) -> Judged:
    """The slices behind each other; what is to be done by its sort, and within a sort by slice."""
    verdicts, found, work = zip(*parts, strict=True)
    when = {}
    for name in ("info_requested_date", "decision_date"):
        sides = zip(*(one.case.when[name] for one in verdicts), strict=True)
        when[name] = Moments(*(np.concatenate(side) for side in sides))
    return Judged(
        frames.stack([one.rows for one in verdicts]),
        np.concatenate([one.standing.counts == YES for one in verdicts]),
        when,
        np.concatenate([one.grounds.contact for one in verdicts]),
        np.concatenate([one.grounds.estimate for one in verdicts]),
        findings.join(list(found)),
        [todo.join(sort) for sort in zip(*work, strict=True)],
    )
