"""The contract's section on claims read a second time, in plain Python: what is true of each claim."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.claims import made
from tests.claims.oracle_orders import Order, is_part, usable
from tests.claims.oracle_times import AFTER_ESTIMATE, APPEAL, CONTACT_RESPONSE, INFO, NO_REPLY, money, read

DATES = (
    *("claim", "info-requested", "info-answered", "refund", "withdrawn", "decision", "appeal", "appeal-decision"),
    *("delivered", "returned"),
)
TELLS = {"refund": ["refund-amount"], "decision": ["decision", "funded-by"], "appeal-decision": ["appeal-decision"]}
AUTOMATIC = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")
OPEN = ("investigating", "information-due", "information-overdue")


class Claim:
    """One claim as the contract reads."""

    def __init__(self, order, row):
        self.order, self.clock, self.row, self.policy = order, order.clock, dict(row), order.world.policy
        self.future = [
            name for name in DATES if row[f"{name}-date"] and not self.clock.happened(read(row[f"{name}-date"]))
        ]
        for name in self.future:
            self.row |= dict.fromkeys((f"{name}-date", *TELLS.get(name, ())), "")
        named = order.items.get(row["order-item-id"])
        self.items = [named] if named else list(order.items.values())
        self.kind, self.filed = row["claim-type"], self.date("claim")
        self.amount, self.repaid = money(row["claim-amount"]), money(self.row["refund-amount"])
        self.sent = [one for item in self.items for one in item.sent]
        self.is_nothing_sent = order.known and not self.sent and not any(item.before_us for item in self.items)

    def date(self, name):
        return read(self.row[f"{name}-date"])

    # grounds to grant

    def grants(self):
        charged, offers = (
            money(self.row["charged-amount"]),
            ("domestic-return-address", "prepaid-label", "full-refund-offered"),
        )
        country = next((item.get("ship-country") for item in self.items if item.get("ship-country")), "")
        certain = self.order.asked(self.kind, certain=True, item=self.row["order-item-id"])
        table = {
            "CLM-402": self.lacks_tracking() or self.is_nothing_sent,
            "CLM-403": self.order.silences(certain, NO_REPLY[self.policy], self.filed),
            "CLM-404": self.was_late(),
            "CLM-405": self.was_undelivered(),
            "CLM-414": self.kind == "international-return"
            and country not in ("", self.order.world.home)
            and {self.row[n] for n in offers} == {"N"},
            "CLM-415": self.kind == "extra-charges" and self.is_beyond(charged),
            "CLM-416": self.is_owed(),
        }
        return [code for code, holds in table.items() if holds]

    def lacks_tracking(self):
        unknown = any(item.before_us for item in self.items)
        return bool(self.sent) and not unknown and not any(usable(row["tracking-number"]) for row in self.sent)

    def was_late(self):
        promised = [item for item in self.items if item.promise]
        late = any(read(row["ship-date"]) > self.clock.day(item.promise) for item in promised for row in item.sent)
        return late or (self.is_nothing_sent and any(item.promise < self.clock.as_of for item in promised))

    def estimate(self):
        """The local day by which it should have come."""
        own = self.date("latest-delivery")
        told = [own] if own else [item.estimate for item in self.items if item.estimate]
        days = [max(map(self.clock.day, told))] if told else []
        promised = self.date("tracking-promised")
        if promised and any(usable(row["tracking-number"]) for row in self.sent):
            days.append(self.clock.day(promised))
        return min(days, default=None)

    def was_undelivered(self):
        estimate, delivered = self.estimate(), self.date("delivered")
        if estimate is None or (delivered is None and self.kind != "not-received"):
            return False
        return self.clock.day(delivered or self.clock.as_of) > estimate

    def is_beyond(self, amount):
        """Whether an amount is certainly more than the order came to."""
        most = self.order.told(self.row["currency"])
        if most is None and self.order.is_comparable(self.row["currency"]):
            most = self.order.total(self.order.items.values())[1]
        return amount is not None and most is not None and amount > most

    def is_owed(self):
        one = len(self.items) < len(self.order.items)
        rows = self.order.all_returns
        if self.row["order-item-id"]:
            rows = [row for row in rows if row["Order Item ID"] in ("", self.row["order-item-id"])]
        refused = rows and all(row["In policy"] == "N" for row in rows)
        if self.kind != "not-refunded" or refused or not (self.date("returned") or self.order.came_back(rows)):
            return False
        paid = max((one for one in (self.repaid, self.order.refunded(rows)) if one is not None), default=None)
        if paid is None:
            return not self.date("refund")
        told = None if one else self.order.told(self.row["currency"])
        due = None if any(map(is_part, rows)) else told if told is not None else self.own_total()
        return paid == 0 or (due is not None and paid < due)

    def own_total(self):
        return self.order.total(self.items)[0] if self.order.is_comparable(self.row["currency"]) else None

    # grounds to dispute

    def contact(self):
        """The first contact that may count."""
        said = self.order.asked(self.kind, certain=False)
        return min((when for when, _ in said), key=self.clock.first, default=None)

    def reply(self):
        """The first reply that the first contact may have had."""
        contact = self.contact()
        return min(self.order.replies(contact), key=self.clock.first, default=None) if contact else None

    def eligible(self):
        """From when it could be filed, and the grounds to dispute it."""
        contact, estimate, filed = self.contact(), self.estimate(), self.filed
        before = filed and self.date("refund") and self.clock.later(filed, self.date("refund"))
        whole = ["CLM-418"] if before and None not in (self.repaid, self.amount) and self.repaid >= self.amount else []
        if contact is None:
            return None, (["CLM-410"] if self.order.world.talks else []) + whole
        since = self.clock.first(contact) + CONTACT_RESPONSE
        early = filed is not None and self.clock.last(filed) < since
        if self.kind == "not-received" and estimate:
            early |= filed is not None and self.clock.day(filed) < estimate + AFTER_ESTIMATE
            since = max(since, self.clock.midnight(estimate + AFTER_ESTIMATE))
        return since, (["CLM-409"] if early else []) + whole

    # status

    def status(self):
        decision, decided, asked = self.row.get("decision"), self.date("decision"), self.date("info-requested")
        appeal, final, info = self.date("appeal"), self.row.get("appeal-decision"), INFO[self.policy]
        in_time = appeal and self.may_be_in_time(appeal, decided)
        amounts = (self.repaid, self.amount)
        answered = asked and self.is_answered()
        table = [
            (self.date("withdrawn"), "withdrawn"),
            (final, f"final-{final}"),
            (in_time, "appealed"),
            (decision, decision),
            (self.date("refund") and (None in amounts or self.repaid >= self.amount), "refunded"),
            (asked and not answered and self.clock.over(asked, info), "information-overdue"),
            (asked and not answered, "information-due"),
            (True, "investigating"),
        ]
        return next(name for holds, name in table if holds)

    def may_be_in_time(self, appeal, decided):
        """Whether an appeal is not certainly too late."""
        if decided is None:
            return self.row["decision"] == "granted" and self.is_sellers
        return self.clock.first(appeal) <= self.clock.last(decided) + APPEAL

    def is_answered(self):
        """Whether Amazon's question may have been answered in time."""
        asked, answered = self.date("info-requested"), self.date("info-answered")
        return answered is not None and self.clock.first(answered) <= self.clock.last(asked) + INFO[self.policy]

    @property
    def is_sellers(self):
        """Whether it is not known that Amazon pays."""
        return self.row["funded-by"] != "amazon"

    def counts(self):
        """Whether it counts in the order defect rate."""
        status = self.status()
        given_up = status in ("withdrawn", "denied", "final-reversed") or (status == "granted" and not self.is_sellers)
        if self.order.is_amazons or given_up:
            return "no"
        if status in ("refunded", "granted", "appealed", "final-upheld"):
            return "yes"
        return "at-risk" if set(AUTOMATIC) & set(self.grants()) or status == "information-overdue" else "open"

    def verdict(self):
        """The row of the report, and the codes found."""
        status, grants = self.status(), self.grants()
        since, disputes = self.eligible()
        decided, asked, granted = self.date("decision"), self.date("info-requested"), self.row["decision"] == "granted"
        appeal_by = self.clock.first(decided) + APPEAL if self.can_appeal() and decided else None
        over = appeal_by is not None and self.clock.over(decided, APPEAL)
        lost = granted and self.is_sellers and status != "withdrawn"
        debited = None if not lost else Decimal(0) if self.order.is_amazons else self.amount
        codes = {
            "CLM-406": self.is_asked(),
            "CLM-407": appeal_by is not None and not over,
            "CLM-408": over,
            "CLM-411": not self.order.known,
            "CLM-412": self.is_beyond(self.amount),
            "CLM-417": self.contradicts_itself(),
        }
        row = {
            "status": status,
            "eligible_from": since,
            "grant_reasons": grants,
            "dispute_grounds": disputes,
            "answer_by": self.clock.first(asked) + INFO[self.policy] if asked else None,
            "appeal_by": appeal_by,
            "counts_in_odr": self.counts(),
            "debited": debited,
            "reimbursed": debited if status == "final-reversed" else None,
        }
        return row, {code for code, holds in codes.items() if holds} | set(grants) | set(disputes)

    def is_asked(self):
        """Whether Amazon waits for an answer."""
        return self.status() in ("information-due", "information-overdue") and not self.date("info-answered")

    def can_appeal(self):
        return self.status() == "granted" and self.is_sellers

    def is_closed(self):
        """Whether nothing more can become of it, as far as anybody knows."""
        over = self.date("decision") and self.clock.over(self.date("decision"), APPEAL)
        return self.status() not in OPEN and (over or not self.can_appeal())

    def contradicts_itself(self):
        """Whether a date is in the future, or the contract names what the row says as a contradiction."""
        undated = self.row["decision"] == "granted" and self.is_sellers and not self.date("decision")
        undated = undated and self.status() in ("granted", "appealed")
        return undated or self.future or (self.status() == "refunded" and None in (self.repaid, self.amount))

    def may_contradict_itself(self):
        """Whether any two dates, or a date and a decision, do not fit together."""
        dates = {name: self.date(name) for name in DATES}
        pairs = [
            *(("decision", "claim"), ("withdrawn", "claim"), ("info-requested", "claim"), ("appeal", "decision")),
            *(("info-answered", "info-requested"), ("appeal-decision", "appeal")),
        ]
        turned = any(dates[a] and dates[b] and self.clock.later(dates[b], dates[a]) for a, b in pairs)
        decision, final = self.row["decision"], self.row["appeal-decision"]
        unlike = [
            dates["withdrawn"] and decision == "granted",
            (dates["appeal"] or final) and decision != "granted",
            dates["decision"] and not decision,
            dates["appeal-decision"] and not final,
        ]
        return bool(turned or any(unlike) or self.contradicts_itself())

    def line(self):
        """What is to be done: (action, code, due, overdue), or None."""
        now, asked, decided = self.clock.as_of, self.date("info-requested"), self.date("decision")
        (_, disputes), status = self.eligible(), self.status()
        if self.is_asked():
            due, over = self.clock.first(asked) + INFO[self.policy], self.clock.over(asked, INFO[self.policy])
            return "answer-claim", "CLM-406", due, over
        if self.can_appeal():
            if not decided:
                return "appeal", "CLM-417", None, False
            over = self.clock.over(decided, APPEAL)
            return None if over else ("appeal", "CLM-407", self.clock.first(decided) + APPEAL, False)
        if status in OPEN or (status == "refunded" and "CLM-418" in disputes):
            return self.way_out(disputes, self.clock.first(asked) + INFO[self.policy] if asked else now)
        return None

    def way_out(self, disputes, answer_by):
        """The line of a claim about which Amazon asks nothing."""
        now, is_at_risk = self.clock.as_of, self.counts() == "at-risk"
        if is_at_risk and self.lacks_tracking():
            return "confirm", "CLM-402", now, False
        if disputes:
            return "dispute", disputes[0], max(answer_by, now), False
        lost = next((code for code in self.grants() if code in AUTOMATIC), "CLM-406")
        return ("refund", lost, now, False) if is_at_risk else None


def prepare(world, feed):
    """Every order by its id; ``feed`` has the confirmations that were published."""
    world.talk, world.returned, world.claimed, world.judged_of, sent = (defaultdict(list) for _ in range(5))
    world.listed = defaultdict(list)
    for kind in made.REPORTS:
        for row in world.rows[kind]:
            world.listed[kind, row.get("order-id", row.get("amazon-order-id"))].append(row)
    for row in world.rows["defects"] if world.judged else ():
        world.judged_of[row["order-id"]].append(row)
    for row in world.rows["contacts"] if world.talks else ():
        world.talk[row["order-id"]].append(row)
    for row in world.rows["returns"]:
        world.returned[row["Order ID"]].append(row)
    for row in world.rows["claims"]:
        world.claimed[row["order-id"]].append(row)
    for row in feed:
        sent[row["order-id"]].append(row)
    ids = {
        row.get("order-id", row.get("amazon-order-id", row.get("Order ID")))
        for rows in world.rows.values()
        for row in rows
    }
    return {order: Order(world, order, sent[order]) for order in sorted(ids - {None})}
