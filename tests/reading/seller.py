"""A made-up seller and a made-up Amazon, who live through everything that SPEC §4 knows, night after night.

Amazon has its own truth of every order; its reports tell of it, sometimes late, sometimes wrongly. The seller uploads
what comes to mind: parcels, corrections, the same again, whole orders, cancellations. Amazon answers the feeds that
were really written, in any order or never.
"""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo
from dataclasses import dataclass, field
from typing import Any

from tests.reading.knowledge import DAY, HOUR, File, Row

FIRST = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
HEADERS = {
    "unshipped": (
        *("order-id", "order-item-id", "purchase-date", "payments-date", "reporting-date", "promise-date"),
        *("days-past-promise", "sku", "quantity-purchased", "quantity-shipped", "quantity-to-ship", "fulfilled-by"),
    ),
    "orders": ("order-id", "order-item-id", "purchase-date", "payments-date", "sku", "quantity-purchased", "currency"),
    "all-orders": (
        *("amazon-order-id", "order-item-id", "purchase-date", "last-updated-date", "order-status"),
        *("fulfillment-channel", "sku", "item-status", "quantity"),
    ),
    "confirmation": (
        *("order-id", "order-item-id", "quantity", "ship-date", "carrier-code", "carrier-name"),
        *("tracking-number", "ship-method"),
    ),
    "cancellation": ("order-id", "cancellation-reason-code", "amazon-order-item-code"),
    "processing-report": (
        *("original-record-number", "order-id", "order-item-id", "error-code", "error-type", "error-message"),
    ),
}
MARK = "is-buyer-requested-cancellation"


def spelled(instant: dt.datetime | None) -> str:
    """An instant as reports spell it."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S+00:00") if instant else ""


def written(file: File, *, marks: bool) -> bytes:
    """The file as bytes."""
    names = [*HEADERS[file.kind], *([MARK] if marks and file.kind == "unshipped" else [])]
    lines = ["\t".join(names), *("\t".join(row.get(name, "") for name in names) for row in file.rows)]
    if file.counts:
        told = (("processed", file.counts[0]), ("successful", file.counts[1]))
        top = [f"\tNumber of records {word}\t\t{number}" for word, number in told]
        lines = ["Feed Processing Summary:", *top, "", *lines]
    return "".join(f"{line}\n" for line in lines).encode()


@dataclass
class Truth:
    """An order item as Amazon has it."""

    order: str
    number: str
    sku: str
    units: int
    bought: dt.datetime
    promise: dt.datetime
    released: dt.datetime | None
    updated: dt.datetime
    by_amazon: bool = False
    easy_ship: bool = False
    pending: bool = False
    canceled: bool = False
    asked: bool = False
    shipped: int = 0
    tracks: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return not (self.pending or self.canceled or self.by_amazon) and self.shipped < self.units


class Seller:
    """Makes the files of each night."""

    def __init__(self, seed: int, orders: int = 22) -> None:
        self.pick = random.Random(seed)
        self.complete, self.marks = self.pick.random() < 0.3, self.pick.random() < 0.6
        self.without_ids = self.pick.random() < 0.35
        self.items: list[Truth] = []
        self.waiting: list[tuple[int, list[Row]]] = []  # feeds that Amazon has not answered
        self.canceling: list[tuple[str, str]] = []
        self.given: list[File] = []
        self.kept: list[File] = []  # reports that were downloaded and not given
        self.night, self.track, self.fed = 0, 0, 0
        for _ in range(orders):
            age = self.pick.choice(
                (30 * DAY, 29.5 * DAY, 29 * DAY, 25 * DAY, 22 * DAY, 10 * DAY, 4 * DAY, 2 * DAY, DAY)
            )
            self._order(FIRST - age - self.pick.randrange(0, 1200) * MINUTE)

    @property
    def account(self) -> str:
        """The account.toml of the seller."""
        return f'[reports]\nunshipped = "{"complete" if self.complete else "partial"}"\n'

    @property
    def as_of(self) -> dt.datetime:
        """The instant of the night."""
        return FIRST + self.night * DAY

    def _chance(self, share: float) -> bool:
        return self.pick.random() < share

    def _order(self, bought: dt.datetime) -> None:
        number = len({item.order for item in self.items}) + 1
        by_amazon, pending, easy = self._chance(0.05), self._chance(0.15), self._chance(0.06)
        released = None if pending else bought + self.pick.choice((31, 45, 600)) * MINUTE
        for place in range(self.pick.choice((1, 1, 1, 2))):
            truth = Truth(
                order=f"111-0000000-{number:07d}",
                number=f"1{number * 10 + place:013d}",
                sku=f"SKU-{self.pick.randrange(3)}",
                units=self.pick.choice((1, 1, 2, 3, 4)),
                bought=bought,
                promise=bought + self.pick.choice((2, 4, 9)) * DAY,
                released=released,
                updated=released or bought,
                by_amazon=by_amazon,
                easy_ship=easy,
                pending=pending,
            )
            self.items.append(truth)

    def files(self) -> list[File]:
        """The files of the next night."""
        self._live()
        made = [*self._reports(), *self._uploads(), *self._answers()]
        reports = [one for one in self.given if one.kind in ("unshipped", "orders", "all-orders")]
        if reports and self._chance(0.3):
            old = self.pick.choice(reports)
            made.append(File(f"again-{self.night}-{old.name}", old.kind, old.rows, old.counts))
        if self.kept and self._chance(0.4):
            made.append(self.kept.pop(0))
        self.given += [one for one in made if one.kind != "processing-report"]
        return made

    def read_feed(self, rows: list[Row]) -> None:
        """What the program has written this night for Amazon."""
        if rows:
            self.fed += 1
            self.waiting.append((self.fed, rows))
        self.night += 1

    # --- Amazon

    def _live(self) -> None:
        """What happens in the day before the night."""
        for _ in range(self.pick.randrange(4)):
            self._order(self.as_of - self.pick.randrange(90, 1400) * MINUTE)
        for order in {item.order: None for item in self.items}:
            self._happen([item for item in self.items if item.order == order])
        for order, number in self.canceling:
            for item in self.items:
                if item.order == order and number in ("", item.number) and self._chance(0.6):
                    self._change([item], self.as_of - 20 * HOUR, canceled=True)
        self.canceling = []

    def _happen(self, items: list[Truth]) -> None:
        """What happens to an order."""
        at = max(self.as_of - self.pick.randrange(70, 1400) * MINUTE, items[0].bought + MINUTE)
        if items[0].pending and self._chance(0.4):
            self._change(items, at, pending=False, released=items[0].released or at)
        elif not items[0].pending and not any(item.shipped for item in items) and self._chance(0.03):
            self._change(items, at, pending=True)
        elif self._chance(0.05):
            self._change(items, at - self.pick.choice((0, 0, 10)) * HOUR, canceled=True)
        elif self._chance(0.04):
            self._change(items[:1], at, canceled=True)
        elif self._chance(0.05):
            self._change(items[:1], at, asked=True)
        elif self._chance(0.05) and items[0].is_open:
            self._change(items[:1], at, shipped=items[0].shipped + 1)

    def _change(self, items: list[Truth], at: dt.datetime, **values: Any) -> None:
        for item in items:
            if item.shipped >= item.units and "canceled" in values:
                continue
            for name, value in values.items():
                setattr(item, name, value)
            item.updated = max(at, item.bought)

    def _reports(self) -> list[File]:
        made = []
        made_at = self.as_of - self.pick.choice((1, 5, 50)) * MINUTE
        if self._chance(0.15):
            return []  # nobody downloaded anything
        for kind, share in (("unshipped", 0.8), ("all-orders", 0.7), ("orders", 0.35)):
            rows = getattr(self, "_" + kind.replace("-", "_"))(made_at)
            if rows and self._chance(share):
                made.append(File(f"{kind}-{self.night}.txt", kind, rows))
            elif rows and kind != "orders":
                self.kept.append(File(f"late-{kind}-{self.night}.txt", kind, rows))
        return made

    def _unshipped(self, made_at: dt.datetime) -> list[Row]:
        told, rows = self._chance(0.7), []
        for item in self.items:
            if not item.is_open or not item.released or item.released > made_at or self._chance(0.05):
                continue
            rows.append(
                {
                    "order-id": item.order,
                    "order-item-id": item.number,
                    "purchase-date": spelled(item.bought),
                    "payments-date": spelled(item.bought + MINUTE),
                    "reporting-date": spelled(item.released),
                    "promise-date": spelled(item.promise),
                    "days-past-promise": str((made_at - item.promise) // DAY) if told else "",
                    "sku": item.sku,
                    "quantity-purchased": str(item.units),
                    "quantity-shipped": str(item.shipped),
                    "quantity-to-ship": str(item.units - item.shipped),
                    "fulfilled-by": "Easy Ship" if item.easy_ship else "",
                    **({MARK: "true" if item.asked else "false"} if self.marks else {}),
                }
            )
        return rows

    def _orders(self, made_at: dt.datetime) -> list[Row]:
        return [
            {
                "order-id": item.order,
                "order-item-id": item.number,
                "purchase-date": spelled(item.bought),
                "payments-date": spelled(item.bought + MINUTE) if self._chance(0.7) else "",
                "sku": item.sku,
                "quantity-purchased": str(item.units),
                "currency": "USD",
            }
            for item in self.items
            if item.released and made_at - 2 * DAY < item.released <= made_at and not item.by_amazon
        ]

    def _all_orders(self, made_at: dt.datetime) -> list[Row]:
        rows = []
        for item in self.items:
            fellows = [one for one in self.items if one.order == item.order]
            if item.updated > made_at or self._chance(0.1):
                continue
            if all(one.canceled for one in fellows):
                order, status = "Cancelled", self.pick.choice(("Cancelled", ""))
            elif any(one.pending for one in fellows):
                order, status = "Pending", "Unshipped"
            else:
                done = all(one.canceled or one.shipped >= one.units for one in fellows)
                full = item.shipped >= item.units
                order = "Shipped" if done else "Shipping"
                status = "Cancelled" if item.canceled else "Shipped" if full else "Unshipped"
            rows.append(
                {
                    "amazon-order-id": item.order,
                    "order-item-id": "" if self.without_ids else item.number,
                    "purchase-date": spelled(item.bought),
                    "last-updated-date": spelled(item.updated),
                    "order-status": order,
                    "fulfillment-channel": "Amazon" if item.by_amazon else "Merchant",
                    "sku": item.sku,
                    "item-status": status,
                    "quantity": "0" if item.canceled and self._chance(0.5) else str(item.units),
                }
            )
        return rows

    # --- the seller

    def _uploads(self) -> list[File]:
        files: dict[str, list[Row]] = {}
        today = self.as_of.astimezone(zoneinfo.ZoneInfo("America/Los_Angeles")).date()
        for item in self.items:
            again = bool(item.tracks)
            if self._chance(0.35 if again else 0.3 if item.is_open else 0.08):
                for _ in range(self.pick.choice((1, 1, 1, 1, 1, 1, 2, 3))):
                    name = f"confirmation-{self.night}{self.pick.choice(('', '', '-b'))}.txt"
                    files.setdefault(name, []).append(self._confirmation(item, str(today)))
        for old in self.given:
            if old.kind == "confirmation" and self._chance(0.1):
                files.setdefault(f"confirmation-{self.night}-old.txt", []).extend(old.rows)
        made = [File(name, "confirmation", rows) for name, rows in files.items()]
        canceling = [self._cancellation(item) for item in self.items if self._chance(0.025)]
        if canceling:
            made.append(File(f"cancellation-{self.night}.txt", "cancellation", canceling))
        return made

    def _confirmation(self, item: Truth, day: str) -> Row:
        self.track += 1
        track = self.pick.choice([f"T{self.track}", f"T{self.track}", *item.tracks[-2:]])
        item.tracks.append(track)
        whole = self._chance(0.15)
        quantity = "" if whole else self.pick.choice(("", "1", "1", "1", "1", str(item.units)))
        order = item.order if self._chance(0.98) else "111-9999999-0000001"
        number = item.number if self._chance(0.97) else "19999999999999"
        return {
            "order-id": order,
            "order-item-id": "" if whole else number,
            "quantity": quantity,
            "ship-date": day,
            "carrier-code": "OnTrac",
            "carrier-name": "",
            "tracking-number": track,
            "ship-method": "",
        }

    def _cancellation(self, item: Truth) -> Row:
        whole = self._chance(0.3)
        self.canceling.append((item.order, "" if whole else item.number))
        reason = self.pick.choice(("NoInventory", "BuyerCanceled"))
        return {
            "order-id": item.order,
            "cancellation-reason-code": "" if whole else reason,
            "amazon-order-item-code": "" if whole else item.number,
        }

    # --- Amazon's answers

    def _answers(self) -> list[File]:
        made, left = [], []
        for number, rows in self.waiting:
            if self._chance(0.35):
                left.append((number, rows))
                continue
            name = f"answer-{self.pick.randrange(100)}-{number}.txt"
            made.append(self._answer(name, rows))
        self.waiting = left
        return made

    def _answer(self, name: str, rows: list[Row]) -> File:
        size, how = len(rows), self.pick.choice(("well", "well", "well", "refused", "refused", "warned", "fatal"))
        refused: list[int] = []
        told: list[Row] = []
        if how == "fatal":
            told = [self._message(0, None, "90012", "Fatal")]
            refused = [*range(1, size + 1)]
            counts = (self.pick.choice((0, size)), 0)
        else:
            if how == "refused":
                refused = sorted(self.pick.sample(range(1, size + 1), self.pick.randrange(1, min(3, size) + 1)))
                told = [self._message(at, rows[at - 1], "18028", "Error") for at in refused]
            if how == "warned":
                told = [self._message(1, rows[0], "18181", "Warning")]
            counts = (size, size - len(refused))
        for at, row in enumerate(rows, 1):
            if at not in refused:
                self._arrive(row)
        return File(name, "processing-report", told, counts)

    def _message(self, number: int, row: Row | None, code: str, kind: str) -> Row:
        return {
            "original-record-number": str(number),
            "order-id": row["order-id"] if row else "",
            "order-item-id": row["order-item-id"] if row else "",
            "error-code": code,
            "error-type": kind,
            "error-message": "no",
        }

    def _arrive(self, row: Row) -> None:
        """Amazon has the parcel, unless it is a correction of what it has."""
        for item in self.items:
            if item.order == row["order-id"] and row["order-item-id"] in ("", item.number) and not item.canceled:
                units = int(row["quantity"] or item.units)
                if item.shipped + units <= item.units and self._chance(0.9):
                    item.shipped += units
                    item.updated = max(item.updated, self.as_of - 20 * HOUR)
                elif not row["quantity"]:
                    item.shipped = item.units
