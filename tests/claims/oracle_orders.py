"""What the contract lets one know of an order: its items, who wrote, what came back, what it came to."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.claims import made
from tests.claims.oracle_times import CONFIRM_WITHIN, Clock, money, read, read_english

CHARGED = ("item-price", "shipping-price", "gift-wrap-price", "item-tax", "shipping-tax", "gift-wrap-tax")
DISCOUNTS = ("item-promotion-discount", "ship-promotion-discount")


def usable(number):
    return number not in ("", "NULL", "1Z999AA10123456785")  # the last fails UPS's check digit


def is_part(row):
    """Whether fewer units came back than were ordered."""
    return bool(row["Order quantity"]) and int(row["Return quantity"]) < int(row["Order quantity"])


def asked_on(row):
    return read_english(row["Return request date"])


def is_done(row):
    return row["Return request status"] == "Completed" or (money(row["Refunded Amount"]) or 0) > 0


class Item:
    """What the reports together say of one order item: Unshipped before Orders before All Orders."""

    def __init__(self, rows, sent):
        self.rows, self.sent = rows, sent

    def get(self, name):
        return next((row[name] for _, row in self.rows if row.get(name)), "")

    @property
    def channel(self):
        return next((row["sales-channel"] for kind, row in self.rows if kind != "unshipped"), "")

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
        for kind in made.REPORTS:
            for row in world.listed[kind, order]:
                rows[row["order-item-id"]].append((kind, row))
        self.items = {
            one: Item(held, [row for row in sent if row["order-item-id"] == one]) for one, held in rows.items()
        }
        self.known = bool(self.items)
        channels = [item.channel for item in self.items.values() if item.channel]
        self.clock = Clock(world.as_of, next(iter(channels), world.marketplace))
        self.is_amazons = any(item.is_amazons for item in self.items.values())
        self.talk = [row for row in world.talk[order] if self.clock.happened(read(row["sent-date"]))]
        self.all_returns = world.returned[order]
        self.returns = [row for row in self.all_returns if self.clock.happened(asked_on(row))]
        self.claims = world.claimed[order]

    # contacts

    def asked(self, kind, *, certain, item=""):
        """(moment, done) of what the buyer said that may count, or certainly counts, for a claim of a kind."""
        message = kind == "not-received"
        topics = {"delivery", "other"} if message else {"delivery", "item", "other", ""}
        channels = {"message" if message else "return-request"}
        if not certain:
            topics, channels = topics | {""}, channels | {""}
        returns = [row for row in self.returns if not (certain and item) or row["Order Item ID"] in ("", item)]
        found = [
            (read(row["sent-date"]), self.is_done and row["channel"] != "message")
            for row in self.talk
            if row["direction"] == "buyer" and row["channel"] in channels and row["topic"] in topics
        ]
        if not message:
            found += [(asked_on(row), is_done(row)) for row in returns]
        return found

    @property
    def is_done(self):
        """Whether a return request of the contact log may be one that was dealt with."""
        return any(map(is_done, self.all_returns))

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

    def total(self, items):
        """(What the items came to, what they came to at the most): None where unknown."""
        parts = [item.parts() for item in items]
        cells = [cell for charged, off in parts for cell in (*charged, *off)]
        most = sum((cell for charged, _ in parts for cell in charged if cell), Decimal(0))
        if not items or any(charged[0] is None for charged, _ in parts):
            return None, None
        return (None, most) if None in cells else (sum(cells), sum(cells))

    def told(self, currency=""):
        """What the Returns report says that the order came to, if it says one thing, and not in another currency."""
        own = {row["Currency code"] for row in self.all_returns} - {""}
        if currency and len(own) == 1 and own != {currency}:
            return None
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

    def states(self):
        return {item.state(self.clock.as_of) for item in self.items.values()}
