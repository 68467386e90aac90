"""SPEC §§ 1, 4 and 8 read aloud over nights: what each night's files make of every order item and every line.

Nothing here comes from the program: dicts, loops, one row after the other. A night is its as-of and its files, each a
kind and rows of cells; ``Reading.night`` judges it, remembers what must be known tomorrow, and gives what a person
would read of it: states and quantities, codes of lines and items, lines of the worklist, and the feed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

HOUR, DAY, SECOND = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(seconds=1)
CHECK_EVERY, HOLD, WINDOW = DAY, dt.timedelta(minutes=30), 38 * DAY
CONFIRM_WITHIN, WARN_BEFORE, VERIFICATION = 30 * DAY, 7 * DAY, 21 * DAY
RANK = {"unshipped": 0, "orders": 1, "all-orders": 2}
OPEN = ("unshipped", "partially-shipped")
CLOSED = ("canceled", "shipped", "auto-canceled")
STATE_CODE = {
    "pending": "SHP-103",
    "canceled": "SHP-104",
    "shipped": "SHP-105",
    "unknown": "SHP-105",
    "auto-canceled": "SHP-110",
}
IDENTITY = ("order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "carrier-name", "tracking-number")
NO_ID = "~"  # begins the number of what All Orders reports without item ids: its sku and its place among its equals
Row = dict[str, str]


def when(text: str) -> dt.datetime | None:
    """The instant that a cell holds."""
    return dt.datetime.fromisoformat(text) if text else None


@dataclass
class File:
    """A file of a night, and the night before which its content was first read."""

    name: str
    kind: str
    rows: list[Row]
    counts: tuple[int, int] | None = None  # of a processing report: processed, successful
    repeated: bool = False

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes two files the same."""
        return (self.kind, self.counts, *(tuple(sorted(row.items())) for row in self.rows))

    @property
    def age(self) -> dt.datetime | None:
        """How new a report is: the newest reporting-date or last-updated-date of all its rows."""
        column = {"unshipped": "reporting-date", "all-orders": "last-updated-date"}.get(self.kind)
        return max((when(row[column]) for row in self.rows), default=None) if column else None

    def made_by(self, as_of: dt.datetime) -> dt.datetime:
        """The latest moment at which an Unshipped report can have been made."""
        told = [
            when(row["promise-date"]) + (int(row["days-past-promise"]) + 1) * DAY
            for row in self.rows
            if row["promise-date"] and row["days-past-promise"]
        ]
        return min([*told, as_of])


@dataclass
class Seen:
    """What one row of a report says of its item."""

    file: File
    line: int
    row: Row
    status: str
    shipped: int | None

    @property
    def kind(self) -> str:
        return self.file.kind

    def order(self) -> tuple[Any, ...]:
        """The sightings of an item in this order: the first counts."""
        own = when(self.row.get("reporting-date") or self.row.get("last-updated-date") or "")
        return (
            RANK[self.kind],
            -(self.file.age.timestamp() if self.file.age else 0),
            -(own.timestamp() if own else 0),
            tuple(-ord(letter) for letter in self.file.name),
            -self.line,
        )


@dataclass
class Record:
    """A published row of a feed, for one of the items it stood for."""

    feed: tuple[int, int]
    number: int
    row: Row
    units: int
    at: dt.datetime
    refused: bool = False


@dataclass
class Parcel:
    """A confirmation and its corrections, the last one last."""

    units: int
    records: list[Record]

    @property
    def in_force(self) -> Record | None:
        """The last of them that is not refused."""
        return next((record for record in reversed(self.records) if not record.refused), None)

    @property
    def names_no_units(self) -> bool:
        row = self.in_force.row
        return not (row["order-item-id"] and row["quantity"])


@dataclass
class Item:
    """What is known of an order item."""

    order: str
    number: str
    facts: dict[str, Any] = field(default_factory=dict)
    listed: bool = False
    canceled: bool = False
    canceled_at: dt.datetime | None = None
    learned: dt.datetime | None = None  # how new the newest report is that it is known from
    pending_at: dt.datetime | None = None
    not_pending_at: dt.datetime | None = None
    listed_at: dt.datetime | None = None  # the newest reporting-date of the last Unshipped report that has it
    last_seen: dt.datetime | None = None
    called_off_at: dt.datetime | None = None
    before_us: int | None = None
    parcels: list[Parcel] = field(default_factory=list)
    delisted: bool = False
    state: str = ""
    told_again: bool = False  # that it was canceled and is listed again
    # of tonight
    tonight: bool = False
    renewed: bool = False
    listed_tonight: bool = False
    missing: bool = False
    refused_list: bool = False
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.order, self.number

    @property
    def bought(self) -> dt.datetime:
        return self.facts["bought"]

    @property
    def purchased(self) -> int | None:
        return self.facts.get("purchased")

    @property
    def confirm_by(self) -> dt.datetime:
        return self.bought + CONFIRM_WITHIN

    @property
    def by_amazon(self) -> bool:
        return self.facts.get("channel") == "Amazon"

    @property
    def without_id(self) -> bool:
        return self.number.startswith(NO_ID)

    @property
    def easy_ship(self) -> bool:
        return bool(self.facts.get("fulfilled by"))

    @property
    def asked(self) -> bool:
        return self.facts.get("cancel asked") == "true"

    @property
    def confirmed(self) -> int:
        return sum(parcel.units for parcel in self.parcels if parcel.in_force)

    @property
    def reported(self) -> int:
        return self.facts.get("shipped") or 0

    @property
    def shipped(self) -> int:
        return max(self.reported, (self.before_us or 0) + self.confirmed)


@dataclass
class Feed:
    """A published part and what has become of it."""

    run: int
    at: dt.datetime
    rows: list[Row]
    answered: bool = False
    guessed: bool = False


@dataclass
class Told:
    """What a person reads of a night."""

    items: dict[tuple[str, str], list[tuple[str, int, int, int]]] = field(default_factory=dict)
    lines: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    fate: dict[tuple[str, int], str] = field(default_factory=dict)
    item_codes: set[tuple[str, str, str]] = field(default_factory=set)
    answer_codes: Counter = field(default_factory=Counter)
    todo: Counter = field(default_factory=Counter)
    feed: list[Row] = field(default_factory=list)
    gap: bool = False


class Reading:
    """A seller's nights, read one after the other."""

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.items: dict[tuple[str, str], Item] = {}
        self.feeds: list[Feed] = []
        self.ambiguous: list[tuple[int, dt.datetime, int]] = []
        self.contents: set[tuple[Any, ...]] = set()
        self.last_reports: dt.datetime | None = None
        self.run = 0

    def night(self, as_of: dt.datetime, files: list[File]) -> Told:
        """The night of these files."""
        self.run, self.as_of, self.told = self.run + 1, as_of, Told()
        self.files = sorted(files, key=lambda one: one.name)
        for one in self.files:
            one.repeated = one.content in self.contents
        for item in self.items.values():
            item.tonight = item.renewed = item.listed_tonight = item.missing = item.refused_list = False
            item.before = {"state": item.state, "purchased": item.purchased, "confirmed": item.confirmed, "known": True}
        self._answers()
        self._reports()
        self._vanished()
        for item in self.items.values():
            item.state = self._state(item)
        self._cancellations_and_confirmations()
        for item in self.items.values():
            item.state = self._state(item)
        self._tell()
        self._remember()
        return self.told

    # --- what Amazon answered (§8, and §4 Refused as a whole)

    def _answers(self) -> None:
        reports = [one for one in self.files if one.kind == "processing-report"]
        for report in sorted(reports, key=lambda one: self._certainty(one)):
            self._answer(report)
        for read in list(self.ambiguous):
            run, at, count = read
            fitting = [one for one in self._waiting() if len(one.rows) == count and one.run < run]
            if run < self.run and fitting and self.as_of - at > CHECK_EVERY:
                fitting[0].answered = fitting[0].guessed = True
                self.ambiguous.remove(read)
        for feed in self._waiting():
            if self.as_of - feed.at > CHECK_EVERY:
                self.told.answer_codes["ACK-604"] += 1

    def _waiting(self) -> list[Feed]:
        return [one for one in self.feeds if not one.answered]

    def _certainty(self, report: File) -> int:
        if any(row["order-id"] for row in report.rows):
            return 0
        return 2 if self._is_fatal(report) else 1

    def _is_fatal(self, report: File) -> bool:
        return any(row["original-record-number"] == "0" and row["error-type"] == "Fatal" for row in report.rows)

    def _answer(self, report: File) -> None:
        processed = report.counts[0]
        named = [row for row in report.rows if row["order-id"]]
        codes = self.told.answer_codes
        if named:
            feeds = [one for one in self.feeds if not one.answered or one.guessed]
            fitting = [one for one in feeds if all(self._find(one, row) for row in named)]
            fitting.sort(key=lambda one: (processed != len(one.rows), one.guessed))
            fitting = fitting[:1]
        else:
            fitting = [one for one in self._waiting() if processed in (len(one.rows), 0)]
        if len(fitting) != 1:
            if self._is_fatal(report):
                codes["ACK-605"] += 1
            else:
                codes["ACK-603"] += 1 + len(report.rows)
                if fitting and not report.rows:
                    self.ambiguous.append((self.run, self.as_of, processed))
            return
        (feed,) = fitting
        feed.answered, feed.guessed = True, not named and not self._is_fatal(report)
        refused = set()
        for row in report.rows:
            whole = row["original-record-number"] == "0"
            if row["error-type"] == "Warning":
                codes["ACK-602"] += 1
                continue
            codes["ACK-601"] += 1
            refused |= set(range(1, len(feed.rows) + 1)) if whole else {self._find(feed, row)}
        expected = 0 if processed == 0 and len(refused) == len(feed.rows) else len(refused)
        if processed and (processed != len(feed.rows) or processed - report.counts[1] != expected):
            codes["ACK-603"] += 1
        for item in self.items.values():
            for parcel in item.parcels:
                for record in parcel.records:
                    if self.feeds[record.feed[0]] is feed and record.number in refused:
                        record.refused = True

    def _find(self, feed: Feed, row: Row) -> int:
        """The record of the feed that a row speaks of: by order and item, the nearest number; 0 for none."""
        number = int(row["original-record-number"])
        numbers = [
            at
            for at, ours in enumerate(feed.rows, 1)
            if ours["order-id"] == row["order-id"]
            and (not row["order-item-id"] or row["order-item-id"] in ours["items"])
        ]
        return min(numbers, key=lambda at: (abs(at - number), at), default=0)

    # --- what the reports say (§2, §4 Which report counts)

    def _reports(self) -> None:
        sightings: dict[tuple[str, str], list[Seen]] = defaultdict(list)
        canceled_orders: dict[str, dt.datetime] = {}
        pending_orders: dict[str, dt.datetime] = {}
        for report in self.files:
            places: Counter = Counter()
            for line, row in enumerate(report.rows if report.kind in RANK else [], 2):
                seen = self._see(report, line, row)
                order = row.get("order-id") or row["amazon-order-id"]
                places[order, row["sku"]] += 1
                unnamed = f"{NO_ID}{row['sku']}{NO_ID}{places[order, row['sku']]}"
                sightings[order, row["order-item-id"] or unnamed].append(seen)
                if report.kind == "all-orders" and row["order-status"] == "Cancelled":
                    at = when(row["last-updated-date"])
                    canceled_orders[order] = min(at, canceled_orders.get(order, at))
                if seen.status == "pending":
                    pending_orders[order] = max(report.age, pending_orders.get(order, report.age))
        for key, seen in sightings.items():
            self._learn(key, sorted(seen, key=Seen.order))
        self._give_way(sightings)
        for item in self.items.values():
            if item.order in canceled_orders:
                self._cancel(item, canceled_orders[item.order])
            if item.order in pending_orders:
                item.pending_at = max(filter(None, (item.pending_at, pending_orders[item.order])))

    def _give_way(self, sightings: dict[tuple[str, str], list[Seen]]) -> None:
        """What has no item id gives way to the items of its order and sku, which take what all of it agrees on (§2)."""
        for key, item in list(self.items.items()):
            rows = [] if item.without_id else self._unnamed(item)
            if not rows:
                continue
            tonight = [one for one in rows if one.tonight]
            statuses = {one.facts["status"] for one in tonight or rows}
            if all(one.canceled for one in tonight or rows):
                self._cancel(item, min(one.canceled_at for one in tonight or rows))
            age = max((one.facts["ages"] for one in tonight or rows), default=None)
            renewed = any(one.renewed for one in tonight)
            counted = item.facts.get("counted from")
            newer = renewed and (counted is None or age > counted or (not item.renewed and age >= item.learned))
            if statuses == {"shipped"} and (newer or item.facts.get("shipped") is None):
                item.facts |= {"shipped": item.purchased, "counted from": age}
            if "pending" not in statuses and (item.learned is None or age >= item.learned):
                item.not_pending_at = max(filter(None, (item.not_pending_at, age)))
        for key, item in list(self.items.items()):
            named = [one for one in self.items.values() if one.order == item.order and not one.without_id]
            if item.without_id and any(one.facts["sku"] == item.facts["sku"] for one in named):
                del self.items[key]

    def _unnamed(self, item: Item) -> list[Item]:
        return [
            one
            for one in self.items.values()
            if one.without_id and one.order == item.order and one.facts["sku"] == item.facts["sku"]
        ]

    def _see(self, report: File, line: int, row: Row) -> Seen:
        if report.kind == "unshipped":
            return Seen(report, line, row, "unshipped", int(row["quantity-shipped"]))
        if report.kind == "orders":
            return Seen(report, line, row, "unshipped", None)
        order, item = row["order-status"], row["item-status"]
        if order in ("Cancelled", "Pending"):
            status = {"Cancelled": "canceled", "Pending": "pending"}[order]
        elif order in ("Shipping", "Shipped"):
            words = {"Cancelled": "canceled", "Shipped": "shipped", "Unshipped": "unshipped", "Shipping": "unshipped"}
            status = words.get(item or order, "unknown")
        else:
            status = "unknown"
        shipped = {"shipped": int(row["quantity"]), "unshipped": 0}.get(status)
        return Seen(report, line, row, status, shipped)

    def _learn(self, key: tuple[str, str], seen: list[Seen]) -> None:
        item = self.items.get(key)
        known = item is not None
        if item is None:
            item = self.items[key] = Item(*key)
        item.tonight = True
        for one in seen:
            if one.status == "canceled":
                self._cancel(item, when(one.row["last-updated-date"]))
            item.listed = item.listed or one.kind != "all-orders"
        current = [one for one in seen if not (known and self._is_outdated(item, one))]
        item.renewed = any(not one.file.repeated for one in current)
        facts = self._facts(current, item) | {}
        older = self._facts([one for one in seen if one not in current], item)
        item.facts = {**older, **item.facts, **facts}
        if item.renewed:
            item.last_seen = max(filter(None, (item.last_seen, self.as_of)))
        self._date(item, seen, current)

    def _is_outdated(self, item: Item, seen: Seen) -> bool:
        """Whether the report says nothing new of an item that is known."""
        if seen.file.repeated:
            return True
        if seen.kind == "orders" or item.learned is None:
            return False
        if seen.kind == "all-orders":
            return seen.file.age < item.learned
        return seen.file.made_by(self.as_of) <= item.learned

    def _facts(self, seen: list[Seen], item: Item) -> dict[str, Any]:
        """The values of an item: of each the first row's that has it."""
        facts: dict[str, Any] = {}
        for one in reversed(seen):
            row = one.row
            values = {
                "bought": when(row["purchase-date"]),
                "sku": row["sku"],
                "purchased": self._purchased(one),
                "shipped": one.shipped,
                "counted from": one.file.age if one.shipped is not None else None,
                "promise": when(row.get("promise-date", "")),
                "channel": row.get("fulfillment-channel"),
                "fulfilled by": row.get("fulfilled-by"),
                "cancel asked": row.get("is-buyer-requested-cancellation"),
                "status": one.status,
            }
            facts |= {name: value for name, value in values.items() if value not in (None, "")}
        tracked = next((one for one in seen if one.kind == "all-orders"), None)
        if tracked and tracked.status == "shipped" and facts["counted from"] < tracked.file.age:
            facts |= {"shipped": facts["purchased"], "counted from": tracked.file.age}
        alone = seen and all(one.kind != "unshipped" for one in seen)
        if alone and facts["status"] == "unshipped" and facts.get("shipped") == 0:
            part = item.facts.get("shipped") or 0  # All Orders counts no parts
            if 0 < part < facts["purchased"]:
                facts |= {"shipped": part, "counted from": item.facts["counted from"]}
        return facts

    def _purchased(self, seen: Seen) -> int | None:
        units = int(seen.row.get("quantity-purchased") or seen.row["quantity"])
        return None if seen.status == "canceled" and units == 0 else units

    def _date(self, item: Item, seen: list[Seen], current: list[Seen]) -> None:
        """How new what is known of the item is."""
        for one in seen:
            told = one.file.age if one.kind != "orders" else when(one.row.get("payments-date", ""))
            if told and one.status != "pending":
                item.not_pending_at = max(filter(None, (item.not_pending_at, told)))
            if one.kind == "unshipped":
                item.listed_tonight = item.listed_tonight or not one.file.repeated
                if not one.file.repeated:
                    item.listed_at = max(filter(None, (item.listed_at, one.file.age)))
        anew = any(one.kind == "unshipped" and not one.file.repeated for one in current)
        if anew and item.pending_at:  # newer than what was known, in doubt
            item.not_pending_at = max(filter(None, (item.not_pending_at, item.pending_at)))
        ages = [one.file.age for one in seen if one.file.age]
        item.facts["ages"] = max([*ages, *filter(None, (item.learned,))], default=None)

    def _cancel(self, item: Item, at: dt.datetime) -> None:
        item.canceled = True
        item.canceled_at = min(filter(None, (item.canceled_at, at)))

    # --- what should be listed and is not (§4 Verified)

    def _vanished(self) -> None:
        new = [one for one in self.files if one.kind == "unshipped" and one.rows and not one.repeated]
        newest = max((one.age for one in new), default=None)
        last = [one for one in new if one.age == newest]
        for item in self.items.values():
            listed = any(self._has(one, item) for one in new)
            expected = newest and item.bought + WINDOW >= newest and item.bought + HOLD < newest
            if expected and item.listed_at and not listed:
                expected = max(one.made_by(self.as_of) for one in last) > item.listed_at
            was_listed = item.listed_at is not None
            item.refused_list = bool(expected and not listed and self.complete)
            in_last = any(self._has(one, item) for one in last)
            item.missing = item.refused_list or bool(expected and not in_last and was_listed)
            item.delisted = item.missing or (item.delisted and not listed)

    def _has(self, report: File, item: Item) -> bool:
        return any(
            row["order-id"] == item.order and (item.without_id or row["order-item-id"] == item.number)
            for row in report.rows
        )

    # --- where an item stands (§4)

    def _not_carried_out(self, item: Item) -> bool:
        at = item.called_off_at
        return bool(at and self.as_of - at > CHECK_EVERY and item.listed_at and item.listed_at > at)

    def _unaccepted(self, item: Item) -> int:
        """What we confirmed after Amazon had canceled it, and no answer has accepted."""
        if not item.canceled_at:
            return 0
        return sum(
            parcel.units
            for parcel in item.parcels
            if parcel.in_force and self._unanswered(parcel) and parcel.records[0].at > item.canceled_at
        )

    def _unanswered(self, parcel: Parcel) -> bool:
        """Whether of what is not refused of it nothing is accepted."""
        return all(record.refused or not self.feeds[record.feed[0]].answered for record in parcel.records)

    def _state(self, item: Item) -> str:
        surely = max(item.reported, item.shipped - self._unaccepted(item))
        called_off = item.called_off_at and not self._not_carried_out(item)
        if item.purchased is None:
            return "canceled" if item.canceled or called_off else "unknown"
        if (item.canceled or called_off) and (surely < item.purchased or item.purchased == 0):
            return "canceled"
        if item.shipped >= item.purchased:
            return "shipped"
        if not item.listed and item.facts["status"] == "pending":
            return "pending"
        again = item.pending_at and item.not_pending_at and item.pending_at > item.not_pending_at
        if again and item.shipped == 0:
            return "pending"
        if self.as_of > item.confirm_by:
            return "auto-canceled"
        if item.shipped > 0:
            return "partially-shipped"
        return "unshipped" if item.listed or item.facts["status"] == "unshipped" else "unknown"

    def _remaining(self, item: Item) -> int:
        return 0 if item.state == "canceled" or item.purchased is None else max(item.purchased - item.shipped, 0)

    # --- the uploads (§4, a confirmation row)

    def _cancellations_and_confirmations(self) -> None:
        lines = [
            (one.name, line, one.kind, row)
            for one in self.files
            if one.kind in ("confirmation", "cancellation")
            for line, row in enumerate(one.rows, 2)
        ]
        codes = self.told.lines
        judged: dict[tuple[str, int], tuple[list[Item], dict[str, str]]] = {}
        for name, line, kind, row in lines:
            place = (name, line)
            codes[place] = set()
            judged[place] = self._confirmation(place, row) if kind == "confirmation" else self._cancellation(place, row)
        confirmations = [(name, line) for name, line, kind, _ in lines if kind == "confirmation"]
        rows = {(name, line): row for name, line, _, row in lines}
        self._copies(confirmations, rows)
        self._opposed(lines, judged)
        self._publish(confirmations, rows, judged)
        for name, line, kind, row in lines:
            errors = codes[name, line] & ERRORS
            if kind == "cancellation":
                self.told.fate[name, line] = "rejected" if errors else "accepted"
                if not errors:
                    for item in judged[name, line][0]:
                        if item.state != "canceled":
                            item.called_off_at = self.as_of

    def _named(self, order: str, number: str) -> list[Item]:
        items = [item for key, item in sorted(self.items.items()) if key[0] == order]
        named = [item for item in items if not number or item.number == number]
        return named or [item for item in items if item.without_id]  # it may be one of those

    def _can(self, item: Item) -> bool:
        return item.state in OPEN and not item.by_amazon and not item.refused_list and not item.without_id

    def _state_code(self, item: Item) -> str:
        if item.by_amazon:
            return "SHP-118"
        if item.without_id and item.state in OPEN and not item.refused_list:
            return "SHP-120"
        return STATE_CODE.get(item.state, "SHP-105")

    def _confirmation(self, place: tuple[str, int], row: Row) -> tuple[list[Item], dict[str, str]]:
        """The items that a line stands for, and what it is to each: the same again, a correction, further or new."""
        codes = self.told.lines[place]
        named = self._named(row["order-id"], row["order-item-id"])
        if not named:
            codes.add("SHP-102" if self._named(row["order-id"], "") else "SHP-101")
            return [], {}
        can = [item for item in named if self._can(item)]
        stands = can or named
        same = self._same_again(row, named)
        what = {item.number: "same" if same else self._compare(row, item) for item in stands}
        corrects = any(
            what[item.number] == "correction" and item.state not in ("pending", "canceled") and not item.by_amazon
            for item in stands
        )
        if same:
            codes.add("SHP-116")
        elif not can and not corrects:
            codes |= {self._state_code(item) for item in named}
        if not same and "correction" not in what.values() and any(self._is_old(item) for item in stands):
            codes.add("SHP-115")
        for item in stands:
            is_open = item.state in OPEN and not item.by_amazon
            if is_open and item.confirmed == 0 and item.delisted and not item.refused_list:
                codes.add("SHP-124")
            if is_open and item.asked:
                codes.add("SHP-125")
            if item.easy_ship and not item.by_amazon:
                codes.add("SHP-126")
        return stands, what

    def _is_old(self, item: Item) -> bool:
        return not item.renewed and item.last_seen is not None and self.as_of - item.last_seen > CHECK_EVERY

    def _same_again(self, row: Row, named: list[Item]) -> bool:
        """Whether the same row was published and is in force for every item it stood for."""
        mine = [row[name] for name in IDENTITY]
        for item in self._named(row["order-id"], ""):
            for parcel in item.parcels:
                record = parcel.in_force
                if record and [record.row[name] for name in IDENTITY] == mine:
                    others = [
                        (other, one)
                        for other in self._named(row["order-id"], "")
                        for one in other.parcels
                        if any((each.feed, each.number) == (record.feed, record.number) for each in one.records)
                    ]
                    if all((o.in_force.feed, o.in_force.number) == (record.feed, record.number) if o.in_force else False
                           for _, o in others):
                        return True
        return False

    def _units(self, row: Row, item: Item) -> int | None:
        """What a line asks for of an item: None where it names no units and nothing remains."""
        if row["quantity"] and row["order-item-id"]:
            return int(row["quantity"])
        return self._remaining(item) if self._can(item) else None

    def _compare(self, row: Row, item: Item) -> str:
        units, parcels = self._units(row, item), [one for one in item.parcels if one.in_force]
        if not self._offered(parcels, units):
            return "new"
        fits = self._can(item) and units is not None and units <= self._remaining(item)
        return "further" if fits else "correction"

    def _offered(self, parcels: list[Parcel], units: int | None) -> list[Parcel]:
        """The parcels that a line of so many units is beside or corrects, the last published first."""
        if units is not None:
            found = [one for one in parcels if one.units == units]
        else:
            found = [one for one in parcels if one.names_no_units] or (parcels if len(parcels) == 1 else [])
        return sorted(found, key=lambda one: (one.in_force.feed, one.in_force.number), reverse=True)

    def _cancellation(self, place: tuple[str, int], row: Row) -> tuple[list[Item], dict[str, str]]:
        codes = self.told.lines[place]
        named = self._named(row["order-id"], row["amazon-order-item-code"])
        meant = [item for item in named if row["amazon-order-item-code"] or item.state != "canceled"]
        unsure = row["amazon-order-item-code"] and any(item.without_id for item in meant)
        if not meant or unsure or any(item.state != "unshipped" or item.by_amazon for item in meant):
            codes.add("CAN-501")
        if row["cancellation-reason-code"] == "BuyerCanceled" and any(
            item.facts.get("cancel asked") == "false" for item in named
        ):
            codes.add("CAN-504")
        return named, {}

    def _copies(self, places: list[tuple[str, int]], rows: dict[tuple[str, int], Row]) -> None:
        seen = set()
        for place in places:
            identity = tuple(rows[place][name] for name in IDENTITY)
            if identity in seen:
                self.told.lines[place].add("SHP-107")
            seen.add(identity)

    def _opposed(self, lines: list[Any], judged: dict[Any, Any]) -> None:
        """CAN-503: a confirmation and a cancellation of the same item."""
        for name, line, kind, row in lines:
            for other, number, of_kind, theirs in lines:
                if (kind, of_kind) != ("confirmation", "cancellation") or row["order-id"] != theirs["order-id"]:
                    continue
                mine, its = row["order-item-id"], theirs["amazon-order-item-code"]
                shared = {item.key for item in judged[name, line][0]} & {item.key for item in judged[other, number][0]}
                unknown = not judged[name, line][0] or not judged[other, number][0]
                if shared or (unknown and mine == its):
                    self.told.lines[name, line].add("CAN-503")
                    self.told.lines[other, number].add("CAN-503")

    def _publish(self, places: list[Any], rows: dict[Any, Row], judged: dict[Any, Any]) -> None:
        codes = self.told.lines
        fine = [place for place in places if not codes[place] & ERRORS and "SHP-116" not in codes[place]]
        corrections: dict[Any, dict[str, Parcel]] = {place: {} for place in fine}
        too_many = set()
        for item in self.items.values():
            self._add_up(item, [place for place in fine if item in judged[place][0]], rows, judged, corrections, too_many)
        for place in too_many:
            codes[place].add("SHP-106")
        feed = Feed(self.run, self.as_of, [])
        for place in places:
            if codes[place] & ERRORS:
                self.told.fate[place] = "rejected"
                continue
            self.told.fate[place] = "skipped" if "SHP-116" in codes[place] else "accepted"
            if self.told.fate[place] == "skipped":
                continue
            stands, what = judged[place]
            row = rows[place] | {"items": []}
            feed.rows.append(row)
            is_correction = any(one == "correction" for one in what.values())
            for item in stands:
                self._put(item, place, row, rows[place], feed, corrections[place], is_correction)
            if is_correction:
                codes[place].add("SHP-121")
            elif "further" in what.values():
                codes[place].add("SHP-127")
        if feed.rows:
            self.feeds.append(feed)
            self.told.feed = feed.rows
        for item, parcel in self.pending_parcels:
            item.parcels.append(parcel)
        self.pending_parcels = []

    pending_parcels: list[tuple[Item, Parcel]] = []

    def _put(self, item: Item, place: Any, row: Row, given: Row, feed: Feed, corrects: dict[str, Parcel], is_correction: bool) -> None:
        parcel = corrects.get(item.number)
        if is_correction and parcel is None:
            return
        units = parcel.units if parcel else self._units(given, item)
        record = Record((len(self.feeds), self.run), len(feed.rows), given, units, self.as_of)
        row["items"].append(item.number)
        if parcel:
            parcel.records.append(record)
        else:
            if item.before_us is None:
                item.before_us = item.reported
            self.pending_parcels = [*self.pending_parcels, (item, Parcel(units, [record]))]

    def _add_up(self, item, places, rows, judged, corrections, too_many) -> None:
        """SHP-106: the lines of an item that ask for more than remains, or correct more parcels than there are."""
        new = [place for place in places if "correction" not in judged[place][1].values()]
        if self._can(item) and sum(self._units(rows[place], item) for place in new) > self._remaining(item):
            too_many.update(new)
        parcels = [one for one in item.parcels if one.in_force]
        replaceable = item.state not in ("pending", "canceled") and not item.by_amazon
        same = self._repeated_parcels(item, rows)
        parcels.sort(key=lambda one: one in same)
        correcting = [place for place in places if judged[place][1].get(item.number) == "correction"]
        if not replaceable:
            return
        taken: list[Parcel] = []
        left_out = []
        for place in sorted(correcting, key=lambda place: self._units(rows[place], item) is not None):
            units = self._units(rows[place], item)
            offered = self._offered(parcels, units)
            offered.sort(key=lambda one: one in same)
            free = [one for one in offered if not any(one is other for other in taken)]
            if free:
                taken.append(free[0])
                corrections[place][item.number] = free[0]
            else:
                left_out.append(units)
        for place in correcting:
            units = self._units(rows[place], item)
            mine = corrections[place].get(item.number)
            if units in left_out or (mine and mine.units in [one for one in left_out if one is not None]):
                too_many.add(place)

    def _repeated_parcels(self, item: Item, rows: dict[Any, Row]) -> list[Parcel]:
        given = [[row.get(name) for name in IDENTITY] for row in rows.values()]
        return [p for p in item.parcels if p.in_force and [p.in_force.row[name] for name in IDENTITY] in given]

    # --- what is said and to be done

    def _tell(self) -> None:
        told, now = self.told, self.as_of
        for item in self.items.values():
            stays_closed = item.state in CLOSED and item.before.get("state") == item.state
            if item.tonight or not stays_closed:
                shipped = 0 if item.purchased is None else item.shipped
                known = (item.state, shipped, item.confirmed, self._remaining(item))
                key = (item.order, f"{NO_ID}{item.facts['sku']}" if item.without_id else item.number)
                told.items[key] = sorted([*told.items.get(key, []), known])
            if item.without_id:
                continue
            for code in self._item_codes(item):
                told.item_codes.add((code, *item.key))
            for action in self._actions(item):
                told.todo[(action, *item.key)] += 1
        told.gap = bool(self.last_reports and now - self.last_reports > CHECK_EVERY)

    def _is_near(self, item: Item) -> bool:
        return item.confirm_by - WARN_BEFORE <= self.as_of <= item.confirm_by

    def _not_arrived(self, item: Item) -> bool:
        if item.reported != 0 or item.canceled or item.by_amazon or self.as_of > item.confirm_by or not item.listed_at:
            return False
        return any(
            self._unanswered(parcel)
            and parcel.in_force
            and item.listed_at > parcel.records[0].at + CHECK_EVERY
            for parcel in item.parcels
        )

    def _item_codes(self, item: Item) -> set[str]:
        state, before, now = item.state, item.before.get("state"), self.as_of
        is_open = state in OPEN and not item.by_amazon
        promise = item.facts.get("promise")
        codes = {
            "LIF-201": is_open and self._is_near(item),
            "LIF-202": state == "auto-canceled" and before != "auto-canceled" and not item.by_amazon,
            "LIF-203": state == "pending" and not item.by_amazon and now > item.bought + VERIFICATION,
            "LIF-204": is_open and promise is not None and promise < now,
            "LIF-205": self._impossible(item),
            "LIF-206": is_open and item.missing and item.confirmed == 0,
            "LIF-209": bool(before) and state == "canceled" != before and not item.called_off_at,
            "LIF-214": is_open and self._not_carried_out(item),
            "LIF-215": self._not_arrived(item),
        }
        return {code for code, holds in codes.items() if holds}

    def _impossible(self, item: Item) -> bool:
        before = item.before
        if not before or not item.renewed or item.by_amazon:
            return False
        status = item.facts["status"]
        again = (
            before["state"] == "canceled" and item.listed_tonight and not item.called_off_at and not item.told_again
            and status == "unshipped"
        )
        item.told_again = item.told_again or again
        changed = None is not before["purchased"] != item.purchased and status != "canceled"
        return (before["state"] == "shipped" and status == "pending") or again or changed

    def _actions(self, item: Item) -> list[str]:
        actions = []
        if item.state in OPEN and not item.by_amazon:
            if item.asked:
                actions.append("cancel")
            elif not item.easy_ship:
                actions.append("review" if item.delisted and item.confirmed == 0 else "ship")
            if self._is_near(item) and not item.easy_ship and not self._not_arrived(item):
                actions.append("confirm")
        if self._not_arrived(item):
            actions.append("confirm")
        if item.state == "shipped" and item.asked and item.confirmed > item.before.get("confirmed", 0) and not item.by_amazon:
            actions.append("cancel")
        codes = self._item_codes_said[item.key] if hasattr(self, "_item_codes_said") else set()
        said = {code for code, *key in self.told.item_codes if tuple(key) == item.key} | codes
        actions += ["review" for code in ("LIF-202", "LIF-205") if code in said]
        return actions

    def _remember(self) -> None:
        for item in self.items.values():
            item.learned = max(
                filter(None, (item.facts.get("counted from"), item.pending_at, item.not_pending_at)), default=None
            )
        if any(one.kind in RANK and not one.repeated for one in self.files):
            self.last_reports = max(filter(None, (self.last_reports, self.as_of)))
        self.contents |= {one.content for one in self.files}


ERRORS = {
    *(f"SHP-{number}" for number in (101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 114, 118, 120)),
    *("CAN-501", "CAN-502", "CAN-503"),
}
