"""What the reports say of order items, and which of them counts (SPEC §2, §4)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

from tests.reading.knowledge import HOLD, NO_ID, RANK, WINDOW, File, Item, Row, Seen, when


class Reports:
    """The part of a reading that is about order reports."""

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
        self._give_way()
        for item in self.items.values():
            if item.order in canceled_orders:
                self._cancel(item, canceled_orders[item.order])
            if item.order in pending_orders:
                item.pending_at = max(filter(None, (item.pending_at, pending_orders[item.order])))

    def _give_way(self) -> None:
        """What has no item id gives way to the items of its order and sku, which take what all of it agrees on (§2)."""
        for item in list(self.items.values()):
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
        facts = self._facts(current, item)
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
