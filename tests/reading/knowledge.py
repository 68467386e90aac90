"""What a reader of nights keeps in mind: files, order items, parcels and feeds, and what is said of them."""

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


ERRORS = {
    *(f"SHP-{number}" for number in (101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 114, 118, 120)),
    *("CAN-501", "CAN-502", "CAN-503"),
}


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

    @property
    def place(self) -> tuple[Any, ...]:
        """Which row of all feeds it is."""
        return (*self.feed, self.number)


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
    item_codes: set[tuple[str, str, str]] = field(default_factory=set)
    answer_codes: Counter = field(default_factory=Counter)
    todo: Counter = field(default_factory=Counter)
    feed: list[Row] = field(default_factory=list)
    gap: bool = False
