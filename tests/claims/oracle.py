"""The claims told a second time: the contract's section on claims, read row by row in plain Python."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict
from decimal import Decimal

ZONES = {"Amazon.com": "America/Los_Angeles", "Amazon.de": "Europe/Berlin", "Amazon.co.jp": "Asia/Tokyo"}
EVENTS = (
    "claim info-requested info-answered refund withdrawn decision appeal appeal-decision delivered returned".split()
)
ALSO = {"refund": ["refund-amount"], "decision": ["decision", "funded-by"], "appeal-decision": ["appeal-decision"]}
HOURS, WAIT, APPEAL, WINDOW = dt.timedelta(hours=48), dt.timedelta(days=3), dt.timedelta(days=30), dt.timedelta(days=60)


def read(text):
    """An instant or a plain date; None for an empty cell."""
    if not text:
        return None
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def instant(value):
    return isinstance(value, dt.datetime)


def money(text):
    return Decimal(text) if text else None


class Clock:
    """As-of in one marketplace."""

    def __init__(self, as_of, channel):
        self.as_of, self.zone = as_of, zoneinfo.ZoneInfo(ZONES.get(channel, "America/Los_Angeles"))

    def day(self, value):
        return value.astimezone(self.zone).date() if instant(value) else value

    def after(self, one, other):
        """Whether the one is later; local dates are compared where either is a plain date."""
        if instant(one) and instant(other):
            return one > other
        return self.day(one) > self.day(other)

    def future(self, value):
        return value is not None and self.after(value, self.as_of)

    def past(self, value):
        return value is not None and self.after(self.as_of, value)

    def end(self, value):
        """The instant at which a deadline is over, to the second."""
        if value is None or instant(value):
            return value
        following = dt.datetime.combine(value + dt.timedelta(days=1), dt.time(), self.zone)
        return following.astimezone(dt.UTC) - dt.timedelta(seconds=1)

    def begin(self, day):
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)


class Verdict:
    """One claim as the contract reads."""

    def __init__(self, world, accepted, claim):
        self.world, self.accepted, self.claim = world, accepted, dict(claim)
        order = claim["order-id"]
        self.listed = [row for row in world.rows["orders"] if row["order-id"] == order]
        self.shipped = [row for row in world.rows["all-orders"] if row["amazon-order-id"] == order]
        self.every = self.listed + self.shipped
        self.known = bool(self.every)
        self.clock = Clock(world.as_of, self.every[0]["sales-channel"] if self.known else "")
        named = [row for row in self.every if row["order-item-id"] == claim["order-item-id"]]
        self.items = named or self.every
        self.sent = [
            row for row in accepted[order] if row["order-item-id"] in {one["order-item-id"] for one in self.items}
        ]
        self.future = []
        for name in EVENTS:
            if self.clock.future(read(self.claim.get(f"{name}-date"))):
                self.future.append(name)
                for also in (f"{name}-date", *ALSO.get(name, ())):
                    self.claim[also] = ""

    def date(self, name):
        return read(self.claim.get(f"{name}-date"))

    # contact and reply

    def talk(self):
        """The buyer's first contact and the seller's first one after it."""
        clock, order = self.clock, self.claim["order-id"]
        channel = "message" if self.claim["claim-type"] == "not-received" else "return-request"
        said = [(read(row["sent-date"]), row["direction"], row["channel"]) for row in self.world.talk[order]]
        said = [one for one in said if not clock.future(one[0])]
        asked = [when for when, side, by in said if side == "buyer" and by == channel]
        if channel == "return-request":
            asked += [day for day in self.world.asked[order] if not clock.future(day)]
        first = None
        for when in asked:  # an instant is more precise than the plain date of its day
            earlier = first is None or clock.after(first, when)
            if earlier or (not clock.after(when, first) and instant(when) and not instant(first)):
                first = when
        if first is None:
            return None, None
        reply = None
        for when in (when for when, side, _ in said if side == "seller"):
            late = clock.after(when, first) or (
                not (instant(when) and instant(first)) and clock.day(when) == clock.day(first)
            )
            if late and (reply is None or clock.after(reply, when)):
                reply = when
        return first, reply

    def until(self, value, window):
        """When a window that begins then is over: a plain date makes it end with a local day."""
        return None if value is None else value + window

    # evidence

    def estimate(self):
        told, tracked = self.date("latest-delivery"), self.date("tracking-promised")
        given = [told] if told else [estimated(row) for row in self.items]
        days = [self.clock.day(value) for value in given if value]
        latest = max(days, default=None)
        return min(filter(None, (latest, tracked and self.clock.day(tracked))), default=None)

    def nothing(self):
        return self.known and not self.sent and not any(row in self.shipped for row in self.items)

    def no_tracking(self):
        if self.nothing():
            return True
        confirmed = {row["order-item-id"] for row in self.sent}
        blind = [row for row in self.items if row in self.shipped and row["order-item-id"] not in confirmed]
        return bool(self.sent) and not blind and not any(usable(row["tracking-number"]) for row in self.sent)

    def late(self):
        promise = {row["order-item-id"]: read(row.get("latest-ship-date", "")) for row in self.items}
        for row in self.sent:
            day = promise[row["order-item-id"]]
            if day and read(row["ship-date"]) > self.clock.day(day):
                return True
        return self.nothing() and any(day and day < self.world.as_of for day in promise.values())

    def undelivered(self):
        estimate, delivered = self.estimate(), self.date("delivered")
        if self.claim["claim-type"] != "not-received" or not estimate:
            return False
        return self.clock.day(delivered or self.world.as_of) > estimate

    def amount(self, items):
        prices = [money(row["item-price"]) for row in items]
        if not prices or None in prices:
            return None
        return sum(prices) + sum(money(row["shipping-price"]) or 0 for row in items)

    def total(self):
        first = self.items[0]["currency"] if self.items else ""
        return None if first and first != self.claim["currency"] else self.amount(self.every)

    def owed(self):
        if self.claim["claim-type"] != "not-refunded":
            return False
        rows = self.world.returned[self.claim["order-id"]]
        back = [read_english(row["Return delivery date"]) for row in rows if row["In policy"] != "N"]
        back = [day for day in back if day and not self.clock.future(day)]
        refused = rows and all(row["In policy"] == "N" for row in rows)
        if refused or not (self.date("returned") or back):
            return False
        paid = [money(self.claim["refund-amount"]), *(money(row["Refunded Amount"]) for row in rows)]
        paid = max((one for one in paid if one is not None), default=None)
        if paid is None:
            return not self.date("refund")
        named = [money(row["Order Amount"]) for row in rows if row["Order Amount"]]
        owed = self.amount(self.items)
        owed = max(named, default=None) if owed is None else owed
        return paid == 0 or (owed is not None and paid < owed)

    # verdict

    def grounds(self):
        contact, reply = self.talk()
        due = self.until(contact, HOURS)
        silent = due is not None and (self.clock.after(reply, due) if reply else self.clock.past(due))
        kind, country = self.claim["claim-type"], next((row["ship-country"] for row in self.items), "")
        offers = [self.claim[name] for name in ("domestic-return-address", "prepaid-label", "full-refund-offered")]
        found = {
            "CLM-402": self.no_tracking(),
            "CLM-403": silent,
            "CLM-404": self.known and self.late(),
            "CLM-405": self.undelivered(),
            "CLM-414": kind == "international-return" and country not in ("", "US") and "Y" not in offers,
            "CLM-415": kind == "extra-charges" and more(money(self.claim["charged-amount"]), self.total()),
            "CLM-416": self.owed(),
        }
        return [code for code, holds in found.items() if holds]

    def eligible(self):
        """From when it could be filed, and the grounds to dispute that it was."""
        contact, _ = self.talk()
        if contact is None:
            return None, ["CLM-410"]
        due, filed, estimate = self.until(contact, HOURS), self.date("claim"), self.estimate()
        early = filed is not None and self.clock.after(due, filed)
        since = due if instant(due) else self.clock.begin(due)
        if self.claim["claim-type"] == "not-received" and estimate:
            early |= filed is not None and self.clock.day(filed) < estimate + WAIT
            since = max(since, self.clock.begin(estimate + WAIT))
        return since, ["CLM-409"] if early else []

    def answer_by(self):
        return self.until(self.date("info-requested"), HOURS)

    def status(self):
        clock, claim = self.clock, self.claim
        answer, answered = self.answer_by(), self.date("info-answered")
        appeal, last = self.date("appeal"), self.until(self.date("decision"), APPEAL)
        in_time = answered is not None and not (answer and clock.after(answered, answer))
        refunded, amount = money(claim["refund-amount"]), money(claim["claim-amount"])
        table = [
            (self.date("withdrawn"), "withdrawn"),
            (claim.get("appeal-decision"), f"final-{claim.get('appeal-decision')}"),
            (appeal and last and not clock.after(appeal, last), "appealed"),
            (claim.get("decision"), claim.get("decision")),
            (self.date("refund") and None not in (refunded, amount) and refunded >= amount, "refunded"),
            (clock.past(answer) and not in_time, "information-overdue"),
            (answer and not in_time, "information-due"),
            (True, "investigating"),
        ]
        return next(name for holds, name in table if holds)

    def counts(self, status, grounds):
        funded = self.claim.get("funded-by", "")
        if status in ("refunded", "appealed", "final-upheld") or (status == "granted" and funded == "seller"):
            return "yes"
        if status in ("withdrawn", "denied", "final-reversed") or (status == "granted" and funded == "amazon"):
            return "no"
        automatic = {"CLM-402", "CLM-403", "CLM-404", "CLM-405"} & set(grounds)
        return "at-risk" if automatic or status == "information-overdue" else "open"

    def told(self):
        """Everything that the report says of the claim, and the other codes found."""
        status, grounds = self.status(), self.grounds()
        since, disputes = self.eligible()
        seller = self.claim.get("funded-by") == "seller"
        last = self.until(self.date("decision"), APPEAL)
        appeal = self.clock.end(last) if status == "granted" and seller else None
        granted = status in ("granted", "appealed", "final-upheld", "final-reversed")
        lost = granted and self.claim.get("decision") == "granted" and seller
        debited = money(self.claim["claim-amount"]) if lost else None
        waits = status in ("information-due", "information-overdue") and not self.date("info-answered")
        codes = {
            "CLM-406": waits,
            "CLM-407": appeal is not None and not self.clock.past(last),
            "CLM-408": appeal is not None and self.clock.past(last),
            "CLM-411": not self.known,
            "CLM-412": more(money(self.claim["claim-amount"]), self.total()),
        }
        return {
            "status": status,
            "eligible_from": since,
            "grant_reasons": ";".join(grounds) or None,
            "dispute_grounds": ";".join(disputes) or None,
            "answer_by": self.clock.end(self.answer_by()),
            "appeal_by": appeal,
            "counts_in_odr": self.counts(status, grounds),
            "debited": debited,
            "reimbursed": debited if status == "final-reversed" else None,
            "codes": {code for code, holds in codes.items() if holds} | ({"CLM-417"} if self.future else set()),
        }


def more(amount, than):
    return amount is not None and than is not None and amount > than


def usable(number):
    return number not in ("", "NULL", "1Z999AA10123456785")  # the last fails UPS's check digit


def estimated(row):
    """The order's delivery estimate: first seen in a report made after the release, and so never moved."""
    return read(row.get("latest-delivery-date", ""))


def read_english(text):
    return dt.datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=dt.UTC).date() if text.strip() else None


def prepare(world, accepted_lines):
    """The world indexed by order, and the accepted confirmations of each."""
    world.talk, world.returned, world.asked = defaultdict(list), defaultdict(list), defaultdict(list)
    for row in world.rows["contacts"]:
        world.talk[row["order-id"]].append(row)
    for row in world.rows["returns"]:
        world.returned[row["Order ID"]].append(row)
        world.asked[row["Order ID"]].append(read_english(row["Return request date"]))
    accepted = defaultdict(list)
    for line, row in enumerate(world.rows["confirmation"], 2):
        if accepted_lines.get(("confirmation.txt", line)):
            accepted[row["order-id"]].append(row)
    return accepted
