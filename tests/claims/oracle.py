"""The contract's section on claims read a second time, in plain Python: what is true of each claim and each order."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import defaultdict
from decimal import Decimal

ZONES = {"Amazon.com": "America/Los_Angeles", "Amazon.de": "Europe/Berlin", "Amazon.co.jp": "Asia/Tokyo"}
DATES = (
    *("claim", "info-requested", "info-answered", "refund", "withdrawn", "decision", "appeal", "appeal-decision"),
    *("delivered", "returned"),
)
TELLS = {"refund": ["refund-amount"], "decision": ["decision", "funded-by"], "appeal-decision": ["appeal-decision"]}
HOUR, DAY, TICK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(microseconds=1)
CONTACT_RESPONSE, AFTER_ESTIMATE, APPEAL, ODR_WINDOW, CONFIRM_WITHIN = 48 * HOUR, 3 * DAY, 30 * DAY, 60 * DAY, 30 * DAY
NO_REPLY, INFO = ({"amazon": 48 * HOUR, "amazon-zh": 72 * HOUR} for _ in range(2))
ODR_TARGET = Decimal("0.01")
AUTOMATIC = ("CLM-402", "CLM-403", "CLM-404", "CLM-405")
OPEN = ("investigating", "information-due", "information-overdue")
CHARGED = ("item-price", "shipping-price", "gift-wrap-price", "item-tax", "shipping-tax", "gift-wrap-tax")
DISCOUNTS = ("item-promotion-discount", "ship-promotion-discount")


def read(text):
    """An instant or a plain date; None for an empty cell."""
    if not text:
        return None
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def read_english(text):
    return dt.datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=dt.UTC).date() if text.strip() else None


def money(text):
    return Decimal(text) if text else None


def is_instant(value):
    return isinstance(value, dt.datetime)


def usable(number):
    return number not in ("", "NULL", "1Z999AA10123456785")  # the last fails UPS's check digit


class Clock:
    """As-of in one marketplace."""

    def __init__(self, as_of, channel):
        self.as_of, self.zone = as_of, zoneinfo.ZoneInfo(ZONES.get(channel, ZONES["Amazon.com"]))

    def day(self, value):
        return value.astimezone(self.zone).date() if is_instant(value) else value

    def midnight(self, day):
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)

    def first(self, value):
        """The earliest instant that it can be."""
        return value if is_instant(value) else self.midnight(value)

    def last(self, value):
        return value if is_instant(value) else self.midnight(value + DAY) - TICK

    def later(self, one, other):
        """Whether it certainly is; local dates are compared where either is a plain date."""
        if is_instant(one) and is_instant(other):
            return one > other
        return self.day(one) > self.day(other)

    def maybe_later(self, one, other):
        if is_instant(one) and is_instant(other):
            return one > other
        return self.day(one) >= self.day(other)

    def happened(self, value):
        return value is not None and not self.later(value, self.as_of)

    def over(self, since, window):
        """Whether a window that began then is certainly over: of a plain date, after the end of its last day."""
        return self.as_of > (since if is_instant(since) else self.midnight(since + DAY)) + window


class Item:
    """What the reports together say of one order item: Unshipped before Orders before All Orders."""

    def __init__(self, rows, sent):
        self.rows, self.sent = rows, sent

    def get(self, name):
        return next((row[name] for _, row in self.rows if row.get(name)), "")

    @property
    def promise(self):
        return read(next((row.get("promise-date") or row.get("latest-ship-date") for _, row in self.rows), ""))

    @property
    def estimate(self):
        return read(next((row["latest-delivery-date"] for kind, row in self.rows if kind == "orders"), ""))

    @property
    def before_us(self):
        """Units that Amazon's reports show as shipped, without a word on how."""
        shipped = [int(row["quantity-shipped"]) for kind, row in self.rows if kind == "unshipped"]
        shipped += [int(row["quantity"]) for kind, row in self.rows if row.get("item-status") == "Shipped"]
        return max(shipped, default=0)

    @property
    def remaining(self):
        purchased = int(self.get("quantity-purchased") or self.get("quantity"))
        return max(purchased - self.before_us - sum(int(row["quantity"]) for row in self.sent), 0)

    def state(self, as_of):
        said = {row.get("order-status", "") for _, row in self.rows}
        if "Cancelled" in said or "Pending" in said:
            return "canceled" if "Cancelled" in said else "pending"
        late = as_of > read(self.get("purchase-date")) + CONFIRM_WITHIN
        return "shipped" if not self.remaining else "auto-canceled" if late else "open"

    @property
    def is_amazons(self):
        return self.get("fulfillment-channel") == "Amazon"

    def parts(self):
        """What was charged and what was given off, each a number or None."""
        holds = [row for kind, row in self.rows if kind != "unshipped"]
        cell = {name: money(next((row[name] for row in holds if row[name]), "")) for name in (*CHARGED, *DISCOUNTS)}
        return [cell[name] for name in CHARGED], [None if cell[n] is None else -abs(cell[n]) for n in DISCOUNTS]


class Order:
    """What is known of one order."""

    def __init__(self, world, order, sent):
        self.world, self.id, rows = world, order, defaultdict(list)
        for kind in ("unshipped", "orders", "all-orders"):
            for row in world.rows[kind]:
                if row.get("order-id", row.get("amazon-order-id")) == order:
                    rows[row["order-item-id"]].append((kind, row))
        self.items = {
            one: Item(held, [row for row in sent if row["order-item-id"] == one]) for one, held in rows.items()
        }
        self.known = bool(self.items)
        channels = [
            item.get("sales-channel") for item in self.items.values() if any(k != "unshipped" for k, _ in item.rows)
        ]
        self.clock = Clock(world.as_of, next(iter(channels), ""))
        self.is_amazons = any(item.is_amazons for item in self.items.values())
        self.talk = [row for row in world.talk[order] if self.clock.happened(read(row["sent-date"]))]
        asked = world.returned[order]
        self.returns = [row for row in asked if self.clock.happened(read_english(row["Return request date"]))]
        self.all_returns = asked
        self.claims = world.claimed[order]

    # contacts

    def asked(self, *, certain, kind=None, item=""):
        """(moment, done) of what the buyer said that may count, or certainly counts, for a claim of a kind, or for any."""
        message = kind == "not-received"
        topics = {"delivery", "other"} if message else {"delivery", "item", "other"}
        channels = {"message" if message else "return-request"}
        if kind is None:
            topics, channels = {"delivery", "item", "other", ""}, {"message", "return-request", ""}
        if not certain or not message:
            topics |= {""}
        if not certain:
            channels |= {""}
        returns = [row for row in self.returns if not (certain and item) or row["Order Item ID"] in ("", item)]
        done = any(is_done(row) for row in self.returns)
        found = [
            (read(row["sent-date"]), done and row["channel"] != "message")
            for row in self.talk
            if row["direction"] == "buyer" and row["channel"] in channels and row["topic"] in topics
        ]
        if not message:
            found += [(read_english(row["Return request date"]), is_done(row)) for row in returns]
        return found

    def replies(self, contact):
        """What the seller may have said after it."""
        own = [read(row["sent-date"]) for row in self.talk if row["direction"] == "seller"]
        return [when for when in own if self.clock.maybe_later(when, contact)]

    def is_silent(self, contact, window):
        """Whether a contact certainly had no reply within the window."""
        due = self.clock.last(contact) + window
        late = all(self.clock.first(when) > due for when in self.replies(contact))
        return late and self.clock.over(contact, window)

    def silences(self, contacts, window, before=None):
        held = [when for when, done in contacts if not done and (before is None or self.clock.later(before, when))]
        return any(self.is_silent(when, window) for when in held)

    # money

    def total(self, items=None):
        """(What the order came to, what it came to at the most): None where unknown."""
        items = list(self.items.values()) if items is None else items
        parts = [item.parts() for item in items]
        cells = [cell for charged, off in parts for cell in (*charged, *off)]
        most = sum((cell for charged, _ in parts for cell in charged if cell), Decimal(0))
        if not items or any(charged[0] is None for charged, _ in parts):
            return None, None
        return (None, most) if None in cells else (sum(cells), sum(cells))

    def told(self):
        """What the Returns report says that the order came to, if it says one thing."""
        said = {money(row["Order Amount"]) for row in self.all_returns if row["Order Amount"]}
        return said.pop() if len(said) == 1 else None

    def is_comparable(self, currency):
        own = {item.get("currency") for item in self.items.values()}
        return not currency or own <= {currency, ""}

    def refunded(self, rows):
        """What the Returns report says that was paid back, None where it says nothing."""
        by_item = defaultdict(list)
        for row in rows:
            if row["Refunded Amount"]:
                by_item[row["Order Item ID"]].append(money(row["Refunded Amount"]))
        named = [max(said) for item, said in by_item.items() if item]
        return max([*by_item.get("", []), *([sum(named)] if named else [])], default=None)

    def came_back(self, rows):
        days = [read_english(row["Return delivery date"]) for row in rows if row["In policy"] != "N"]
        return any(self.clock.happened(day) for day in days)

    # before there is a claim

    @property
    def is_claimed(self):
        return bool(self.claims) or any(row["A-to-Z Claim"] == "Y" for row in self.all_returns)

    def states(self):
        return {item.state(self.clock.as_of) for item in self.items.values()}

    def unclaimed(self):
        """The codes found about the order, and its lines of the worklist: (action, code, due, overdue, item, amount)."""
        codes, lines, now = set(), [], self.clock.as_of
        if not self.claims and self.is_claimed:
            codes.add("CLM-419")
            item = [row["Order Item ID"] for row in self.all_returns if row["A-to-Z Claim"] == "Y"][-1]
            lines.append(("answer-claim", "CLM-419", now, False, item, None))
        if self.is_claimed:
            return codes, lines
        for line in (self.waits(), self.resolves()):
            codes |= {"CLM-401"} if line and line[0] == "reply" else set()
            lines += [(*line, None, None)] if line else []
        for item, missing in self.owed():
            codes.add("CLM-420")
            lines.append(("refund", "CLM-420", None, False, item, missing))
        return codes, lines

    def waits(self):
        """The line of a buyer who has no reply: (action, code, due, overdue)."""
        states = self.states()
        canceled = self.known and states == {"canceled"}
        nowhere = canceled or (self.known and states <= {"canceled", "pending"})
        said = [
            (read(row["sent-date"]), any(map(is_done, self.returns)) and row["channel"] == "return-request")
            for row in self.talk
            if row["direction"] == "buyer" and (nowhere or row["topic"] != "address")
        ]
        said += [(read_english(row["Return request date"]), is_done(row)) for row in self.returns]
        waiting = [when for when, done in said if not done and not self.replies(when)]
        if not waiting or (canceled and not any(item.get("sku") == "S" for item in self.items.values())):
            return None
        first = min(waiting, key=self.clock.first)
        action, code = ("invite", "LIF-211") if canceled else ("refer", "LIF-210") if nowhere else ("reply", "CLM-401")
        return action, code, self.clock.first(first) + CONTACT_RESPONSE, self.clock.over(first, CONTACT_RESPONSE)

    def resolves(self):
        """The line of a contact that has a reply, and about which buyer and seller have not agreed."""
        if not (self.world.resolves and self.world.talks) or (self.known and self.states() <= {"canceled", "pending"}):
            return None
        agreed = [read(row["resolved-date"]) for row in self.talk if row["resolved-date"]]
        agreed = [when for when in agreed if self.clock.happened(when)]
        done = any(map(is_done, self.returns))
        open_ = [
            read(row["sent-date"])
            for row in self.talk
            if row["direction"] == "buyer"
            and row["topic"] != "address"
            and not (done and row["channel"] == "return-request")
        ]
        open_ = [when for when in open_ if self.replies(when)]
        open_ = [when for when in open_ if not any(self.clock.last(one) >= self.clock.first(when) for one in agreed)]
        if not open_:
            return None
        first = min(open_, key=self.clock.first)
        return (
            "resolve",
            "CLM-401",
            self.clock.first(first) + CONTACT_RESPONSE,
            self.clock.over(first, CONTACT_RESPONSE),
        )

    def owed(self):
        """(item, what is missing of its refund) of what came back and was not paid back in full."""
        found = []
        for item in dict.fromkeys(row["Order Item ID"] for row in self.all_returns):
            rows = [row for row in self.all_returns if row["Order Item ID"] == item]
            if self.is_amazons or not self.came_back(rows):
                continue
            paid = max((money(row["Refunded Amount"]) for row in rows if row["Refunded Amount"]), default=None)
            due = self.due(item, rows[-1]["Currency code"])
            if not paid or (due is not None and paid < due):
                found.append((item, None if due is None else due - (paid or 0)))
        return found

    def due(self, item, currency):
        one_of_many = len(self.items) > 1 and item in self.items
        if len(self.all_returns) == 1 and not one_of_many:
            return (
                self.told() if self.told() is not None else self.comparable_total(currency, list(self.items.values()))
            )
        return self.comparable_total(currency, [self.items[item]]) if one_of_many else None

    def comparable_total(self, currency, items):
        return self.total(items)[0] if self.is_comparable(currency) else None

    # what a claim would cost now, and the rate

    @property
    def bought(self):
        return read(next(iter(self.items.values())).get("purchase-date"))

    @property
    def is_in_window(self):
        return self.known and not self.is_amazons and self.clock.as_of - ODR_WINDOW <= self.bought <= self.clock.as_of

    def exposed(self):
        """By which codes Amazon would grant a claim at once."""
        dead = [
            state == "pending" or (state in ("canceled", "auto-canceled") and not item.sent and not item.before_us)
            for item in self.items.values()
            for state in [item.state(self.clock.as_of)]
        ]
        if not self.is_in_window or self.is_claimed or all(dead):
            return set()
        claim = Claim(
            self,
            dict.fromkeys(
                (
                    "claim-type",
                    "order-item-id",
                    *(f"{name}-date" for name in (*DATES, "latest-delivery", "tracking-promised")),
                ),
                "",
            )
            | {"claim-amount": "", "refund-amount": ""},
        )
        unsent = claim.is_nothing_sent and any(i.promise and i.promise < self.clock.as_of for i in claim.items)
        silent = any(
            self.silences(self.asked(certain=True, kind=kind), NO_REPLY[self.world.policy])
            for kind in ("not-received", "not-as-described")
        )
        late = claim.estimate() is not None and claim.estimate() < self.clock.day(self.clock.as_of)
        table = {
            "CLM-402": claim.lacks_tracking() or unsent,
            "CLM-403": silent,
            "CLM-404": claim.was_late(),
            "CLM-405": claim.is_nothing_sent and late,
        }
        return {code for code, holds in table.items() if holds}

    def has_defect(self):
        """Whether negative feedback or a chargeback stands."""
        rows = self.world.judged_of[self.id]
        stands = [
            r
            for r in rows
            if self.clock.happened(read(r["defect-date"])) and not self.clock.happened(read(r["removed-date"]))
        ]
        return bool(stands)


def is_done(row):
    return row["Return request status"] == "Completed" or (money(row["Refunded Amount"]) or 0) > 0


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
        certain = self.order.asked(certain=True, kind=self.kind, item=self.row["order-item-id"])
        table = {
            "CLM-402": self.lacks_tracking() or self.is_nothing_sent,
            "CLM-403": self.order.silences(certain, NO_REPLY[self.policy], self.filed),
            "CLM-404": self.was_late(),
            "CLM-405": self.was_undelivered(),
            "CLM-414": self.kind == "international-return"
            and country not in ("", "US")
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
        told = self.order.told()
        most = (
            told
            if told is not None
            else self.order.total()[1]
            if self.order.is_comparable(self.row["currency"])
            else None
        )
        return amount is not None and most is not None and amount > most

    def is_owed(self):
        one = len(self.items) < len(self.order.items)
        rows = self.order.all_returns
        if one:
            rows = [row for row in rows if row["Order Item ID"] in ("", self.row["order-item-id"])]
        refused = rows and all(row["In policy"] == "N" for row in rows)
        if self.kind != "not-refunded" or refused or not (self.date("returned") or self.order.came_back(rows)):
            return False
        paid = max((one for one in (self.repaid, self.order.refunded(rows)) if one is not None), default=None)
        if paid is None:
            return not self.date("refund")
        told = None if one else self.order.told()
        due = told if told is not None else self.own_total()
        return paid == 0 or (due is not None and paid < due)

    def own_total(self):
        return self.order.total(self.items)[0] if self.order.is_comparable(self.row["currency"]) else None

    # grounds to dispute

    def contact(self):
        """The first contact that may count."""
        said = self.order.asked(certain=False, kind=self.kind)
        return min((when for when, _ in said), key=self.clock.first, default=None)

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
        in_time = decided and appeal and self.clock.first(appeal) <= self.clock.last(decided) + APPEAL
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

    def is_answered(self):
        """Whether Amazon's question may have been answered in time."""
        asked, answered = self.date("info-requested"), self.date("info-answered")
        return answered is not None and self.clock.first(answered) <= self.clock.last(asked) + INFO[self.policy]

    def counts(self, status, grants):
        funded = self.row.get("funded-by") == "amazon"
        if (
            self.order.is_amazons
            or status in ("withdrawn", "denied", "final-reversed")
            or (status == "granted" and funded)
        ):
            return "no"
        if status in ("refunded", "granted", "appealed", "final-upheld"):
            return "yes"
        return "at-risk" if set(AUTOMATIC) & set(grants) or status == "information-overdue" else "open"

    def verdict(self):
        """The row of the report, the codes found, and the line of the worklist: (action, code, due, overdue) or None."""
        status, grants = self.status(), self.grants()
        since, disputes = self.eligible()
        decided, asked, funded = (
            self.date("decision"),
            self.date("info-requested"),
            self.row.get("funded-by") == "amazon",
        )
        answer_by = self.clock.first(asked) + INFO[self.policy] if asked else None
        appealable = status == "granted" and not funded
        appeal_by = self.clock.first(decided) + APPEAL if appealable and decided else None
        lost = self.row.get("decision") == "granted" and not funded and status not in ("withdrawn",)
        debited = None if not lost else Decimal(0) if self.order.is_amazons else self.amount
        counts = self.counts(status, grants)
        waits = status in ("information-due", "information-overdue") and not self.date("info-answered")
        over = appeal_by is not None and self.clock.over(decided, APPEAL)
        undated = appealable and not decided
        codes = {
            "CLM-406": waits,
            "CLM-407": appeal_by is not None and not over,
            "CLM-408": over,
            "CLM-411": not self.order.known,
            "CLM-412": self.is_beyond(self.amount),
            "CLM-417": undated or self.future or (status == "refunded" and None in (self.repaid, self.amount)),
        }
        line = None
        if waits:
            line = ("answer-claim", "CLM-406", answer_by, self.clock.over(asked, INFO[self.policy]))
        elif appealable and not over:
            line = ("appeal", "CLM-417" if undated else "CLM-407", appeal_by, False)
        elif status in OPEN or (status == "refunded" and "CLM-418" in disputes):
            due = answer_by if answer_by and answer_by >= self.clock.as_of else self.clock.as_of
            if counts == "at-risk" and self.lacks_tracking():
                line = ("confirm", "CLM-402", self.clock.as_of, False)
            elif disputes:
                line = ("dispute", disputes[0], due, False)
            elif counts == "at-risk":
                line = (
                    "refund",
                    next((code for code in grants if code in AUTOMATIC), "CLM-406"),
                    self.clock.as_of,
                    False,
                )
        row = {
            "status": status,
            "eligible_from": since,
            "grant_reasons": grants,
            "dispute_grounds": disputes,
            "answer_by": answer_by,
            "appeal_by": appeal_by,
            "counts_in_odr": counts,
            "debited": debited,
            "reimbursed": debited if status == "final-reversed" else None,
        }
        return row, {code for code, holds in codes.items() if holds} | set(grants) | set(disputes), line


def prepare(world, feed):
    """Every order by its id; ``feed`` has the confirmations that were published."""
    world.talk, world.returned, world.claimed, world.judged_of, sent = (defaultdict(list) for _ in range(5))
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


def rate(orders, counts):
    """The order defect rate of the seller: ``counts`` says of each claim's order how each of its claims counts."""
    within = [order for order in orders.values() if order.is_in_window]
    lost = {order.id for order in within if "yes" in counts[order.id] or order.has_defect()}
    at_risk = {order.id for order in within if "at-risk" in counts[order.id]} - lost
    world = within[0].world
    types = {row["defect-type"] for row in world.rows["defects"]} if world.judged else set()
    known = {"claims"} if world.rows["claims"] else set()
    known |= {"feedback"} if "negative-feedback" in types else set()
    return {
        "numerator": len(lost),
        "denominator": len(within),
        "at_risk": len(at_risk),
        "worst_case_rate": round((len(lost) + len(at_risk)) / len(within), 6),
        "known": sorted(known | ({"chargebacks"} if "chargeback" in types else set())),
    }


def exposure(orders):
    """By code, and for any: (orders, orders of an unknown amount, {currency: amount})."""
    found = defaultdict(lambda: [0, 0, defaultdict(Decimal)])
    for order in orders.values():
        reasons = order.exposed()
        worth = order.total()[1]
        currency = next(iter(order.items.values())).get("currency") if order.known else ""
        for code in (*reasons, "any") if reasons else ():
            found[code][0] += 1
            if worth is None or not currency:
                found[code][1] += 1
            else:
                found[code][2][currency] += worth
    return found
