"""SPEC §§ 1, 4 and 8 read aloud over nights: what each night's files make of every order item and every line.

Nothing here comes from the program: dicts, loops, one row after the other. A night is its as-of and its files, each a
kind and rows of cells; ``Reading.night`` judges it, remembers what must be known tomorrow, and gives what a person
would read of it: states and quantities, codes of lines and items, lines of the worklist, and the feed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.reading.answers import Answers
from tests.reading.knowledge import (
    CHECK_EVERY,
    CLOSED,
    NO_ID,
    OPEN,
    RANK,
    VERIFICATION,
    WARN_BEFORE,
    Feed,
    File,
    Item,
    Parcel,
    Told,
)
from tests.reading.reports import Reports
from tests.reading.uploads import Uploads


class Reading(Answers, Reports, Uploads):
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
        canceled = item.canceled or (item.called_off_at and not self._not_carried_out(item))
        if item.purchased is None:
            return "canceled" if canceled else "unknown"
        again = item.pending_at and item.not_pending_at and item.pending_at > item.not_pending_at
        only_pending = not item.listed and item.facts["status"] == "pending"
        table = {
            "canceled": canceled and (surely < item.purchased or item.purchased == 0),
            "shipped": item.shipped >= item.purchased,
            "pending": only_pending or (again and item.shipped == 0),
            "auto-canceled": self.as_of > item.confirm_by,
            "partially-shipped": item.shipped > 0,
            "unshipped": item.listed or item.facts["status"] == "unshipped",
        }
        return next((state for state, holds in table.items() if holds), "unknown")

    def _remaining(self, item: Item) -> int:
        return 0 if item.state == "canceled" or item.purchased is None else max(item.purchased - item.shipped, 0)

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
            codes = self._item_codes(item)
            told.item_codes |= {(code, *item.key) for code in codes}
            for action in self._actions(item, codes):
                told.todo[(action, *item.key)] += 1
        told.gap = bool(self.last_reports and now - self.last_reports > CHECK_EVERY)

    def _is_near(self, item: Item) -> bool:
        return item.confirm_by - WARN_BEFORE <= self.as_of <= item.confirm_by

    def _not_arrived(self, item: Item) -> bool:
        if item.reported != 0 or item.canceled or item.by_amazon or self.as_of > item.confirm_by or not item.listed_at:
            return False
        return any(
            self._unanswered(parcel) and parcel.in_force and item.listed_at > parcel.records[0].at + CHECK_EVERY
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
        listed = item.listed_tonight and status == "unshipped"
        again = listed and before["state"] == "canceled" and not item.called_off_at and not item.told_again
        item.told_again = item.told_again or again
        changed = None is not before["purchased"] != item.purchased and status != "canceled"
        return (before["state"] == "shipped" and status == "pending") or again or changed

    def _actions(self, item: Item, codes: set[str]) -> list[str]:
        """The lines of the worklist about an item (§7, and §4 for what goes in the place of what)."""
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
        newly_confirmed = item.confirmed > item.before.get("confirmed", 0)
        if item.state == "shipped" and item.asked and newly_confirmed and not item.by_amazon:
            actions.append("cancel")
        return actions + ["review" for code in ("LIF-202", "LIF-205") if code in codes]

    def _remember(self) -> None:
        for item in self.items.values():
            item.learned = max(
                filter(None, (item.facts.get("counted from"), item.pending_at, item.not_pending_at)), default=None
            )
        if any(one.kind in RANK and not one.repeated for one in self.files):
            self.last_reports = max(filter(None, (self.last_reports, self.as_of)))
        self.contents |= {one.content for one in self.files}
