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

    def first(self, value):
        """The earliest instant that a moment can be."""
        return value if instant(value) else self.begin(value)

    def last(self, value):
        """The latest, to the microsecond."""
        return value if instant(value) else self.begin(value + dt.timedelta(days=1)) - dt.timedelta(microseconds=1)

    def over(self, value, window):
        """Whether a window that began then is certainly over."""
        if value is None:
            return False
        return self.as_of > (value if instant(value) else self.begin(value + dt.timedelta(days=1))) + window

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

    def contacts(self, *, certain=False):
        """What the buyer said that counts for the claim, by channel and topic; a blank topic may fit."""
        fits = (
            {"delivery", "other"} if self.claim["claim-type"] == "not-received" else {"delivery", "item", "other", ""}
        )
        channel = "message" if self.claim["claim-type"] == "not-received" else "return-request"
        fits |= set() if certain else {""}
        said = [row for row in self.said() if row["direction"] == "buyer" and row["channel"] == channel]
        done = channel == "return-request" and any(map(is_done, self.world.returned[self.claim["order-id"]]))
        asked = [(read(row["sent-date"]), done) for row in said if row["topic"] in fits]
        if channel == "return-request":
            rows = self.world.returned[self.claim["order-id"]]
            days = [(read_english(row["Return request date"]), is_done(row)) for row in rows]
            asked += [(day, dealt) for day, dealt in days if not self.clock.future(day)]
        return asked

    def said(self):
        rows = self.world.talk[self.claim["order-id"]]
        return [row for row in rows if not self.clock.future(read(row["sent-date"]))]

    def first(self):
        """From when on the buyer had written at the earliest."""
        asked = [self.clock.first(when) for when, _ in self.contacts()]
        return min(asked, default=None)

    def replies(self, contact):
        """What the seller may have said after it."""
        own = [read(row["sent-date"]) for row in self.said() if row["direction"] == "seller"]
        day = self.clock.day(contact)
        return [
            when
            for when in own
            if (
                self.clock.last(when) > self.clock.first(contact)
                and ((instant(when) and instant(contact)) or self.clock.day(when) >= day)
            )
            or (not instant(contact) and self.clock.day(when) == day)
        ]

    def silent(self):
        """Whether a contact before the claim certainly had no reply in time."""
        clock, filed = self.clock, self.date("claim")
        for when, done in self.contacts(certain=True):
            if done or (filed is not None and not clock.after(filed, when)):
                continue
            due = clock.last(when) + HOURS
            in_time = any(clock.first(reply) <= due for reply in self.replies(when))
            if not in_time and clock.over(when, HOURS):
                return True
        return False

    # evidence

    def estimate(self):
        told, tracked = self.date("latest-delivery"), self.date("tracking-promised")
        given = [told] if told else [estimated(row) for row in self.items]
        days = [self.clock.day(value) for value in given if value]
        latest = max(days, default=None)
        tracked = tracked if any(usable(row["tracking-number"]) for row in self.sent) else None
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
        if not estimate or (not delivered and self.claim["claim-type"] != "not-received"):
            return False
        return self.clock.day(delivered or self.world.as_of) > estimate

    def amount(self, items):
        prices = [money(row["item-price"]) for row in items]
        if not prices or None in prices:
            return None
        return sum(prices) + sum(money(row["shipping-price"]) or 0 for row in items)

    def told(self):
        """What the Returns report says that the order came to."""
        named = {
            money(row["Order Amount"]) for row in self.world.returned[self.claim["order-id"]] if row["Order Amount"]
        }
        return min(named) if len(named) == 1 else None

    def limit(self):
        """What the order came to at the most: no report of this world has gift wrap or discounts."""
        told, first = self.told(), self.items[0]["currency"] if self.items else ""
        if told is not None:
            return told
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
        owed = self.told() if self.items == self.every else None
        return paid == 0 or (owed is not None and paid < owed)

    # verdict

    def grounds(self):
        kind, country = self.claim["claim-type"], next((row["ship-country"] for row in self.items), "")
        offers = [self.claim[name] for name in ("domestic-return-address", "prepaid-label", "full-refund-offered")]
        found = {
            "CLM-402": self.no_tracking(),
            "CLM-403": self.silent(),
            "CLM-404": self.known and self.late(),
            "CLM-405": self.undelivered(),
            "CLM-414": kind == "international-return" and country not in ("", "US") and set(offers) == {"N"},
            "CLM-415": kind == "extra-charges" and more(money(self.claim["charged-amount"]), self.limit()),
            "CLM-416": self.owed(),
        }
        return [code for code, holds in found.items() if holds]

    def eligible(self):
        """From when it could be filed, and the grounds to dispute that it was."""
        contact, filed, estimate = self.first(), self.date("claim"), self.estimate()
        amounts = (money(self.claim["refund-amount"]), money(self.claim["claim-amount"]))
        repaid = self.date("refund") and filed and self.clock.after(filed, self.date("refund"))
        repaid = ["CLM-418"] if repaid and None not in amounts and amounts[0] >= amounts[1] else []
        if contact is None:
            return None, ["CLM-410", *repaid]
        since = contact + HOURS
        early = filed is not None and self.clock.last(filed) < since
        if self.claim["claim-type"] == "not-received" and estimate:
            early |= filed is not None and self.clock.day(filed) < estimate + WAIT
            since = max(since, self.clock.begin(estimate + WAIT))
        return since, (["CLM-409"] if early else []) + repaid

    def status(self):
        clock, claim = self.clock, self.claim
        asked, answered = self.date("info-requested"), self.date("info-answered")
        appeal, decided = self.date("appeal"), self.date("decision")
        in_time = answered is not None and not (asked and clock.first(answered) > clock.last(asked) + HOURS)
        refunded, amount = money(claim["refund-amount"]), money(claim["claim-amount"])
        repaid = None in (refunded, amount) or refunded >= amount
        table = [
            (self.date("withdrawn"), "withdrawn"),
            (claim.get("appeal-decision"), f"final-{claim.get('appeal-decision')}"),
            (appeal and decided and clock.first(appeal) <= clock.last(decided) + APPEAL, "appealed"),
            (claim.get("decision"), claim.get("decision")),
            (self.date("refund") and repaid, "refunded"),
            (clock.over(asked, HOURS) and not in_time, "information-overdue"),
            (asked and not in_time, "information-due"),
            (True, "investigating"),
        ]
        return next(name for holds, name in table if holds)

    def counts(self, status, grounds):
        funded = self.claim.get("funded-by", "")
        if status in ("refunded", "appealed", "final-upheld") or (status == "granted" and funded != "amazon"):
            return "yes"
        if status in ("withdrawn", "denied", "final-reversed") or (status == "granted" and funded == "amazon"):
            return "no"
        automatic = {"CLM-402", "CLM-403", "CLM-404", "CLM-405"} & set(grounds)
        return "at-risk" if automatic or status == "information-overdue" else "open"

    def verdict(self):
        """Everything that the report says of the claim, and the other codes found."""
        status, grounds = self.status(), self.grounds()
        since, disputes = self.eligible()
        seller = self.claim.get("funded-by") != "amazon"
        decided, asked = self.date("decision"), self.date("info-requested")
        appeal = self.clock.first(decided) + APPEAL if decided and status == "granted" and seller else None
        granted = status in ("granted", "appealed", "final-upheld", "final-reversed")
        lost = granted and self.claim.get("decision") == "granted" and seller
        debited = money(self.claim["claim-amount"]) if lost else None
        waits = status in ("information-due", "information-overdue") and not self.date("info-answered")
        codes = {
            "CLM-406": waits,
            "CLM-407": appeal is not None and not self.clock.over(decided, APPEAL),
            "CLM-408": appeal is not None and self.clock.over(decided, APPEAL),
            "CLM-411": not self.known,
            "CLM-412": more(money(self.claim["claim-amount"]), self.limit()),
        }
        return {
            "status": status,
            "eligible_from": since,
            "grant_reasons": ";".join(grounds) or None,
            "dispute_grounds": ";".join(disputes) or None,
            "answer_by": self.clock.first(asked) + HOURS if asked else None,
            "appeal_by": appeal,
            "counts_in_odr": self.counts(status, grounds),
            "debited": debited,
            "reimbursed": debited if status == "final-reversed" else None,
            "codes": {code for code, holds in codes.items() if holds} | ({"CLM-417"} if self.future else set()),
        }


def is_done(row):
    """Whether the Returns report shows that a return was completed or refunded."""
    return row["Return request status"] == "Completed" or (money(row["Refunded Amount"]) or 0) > 0


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
