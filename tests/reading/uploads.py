"""What becomes of the lines of the seller's uploads (SPEC §4, A confirmation row)."""

from __future__ import annotations

from typing import Any

from tests.reading.knowledge import (
    CHECK_EVERY,
    ERRORS,
    IDENTITY,
    OPEN,
    STATE_CODE,
    Feed,
    Item,
    Parcel,
    Record,
    Row,
)


class Uploads:
    """The part of a reading that is about confirmations and cancellations."""

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
        for name, line, kind, _ in lines:
            if kind == "cancellation" and not codes[name, line] & ERRORS:
                for item in judged[name, line][0]:
                    item.called_off_at = item.called_off_at if item.state == "canceled" else self.as_of

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
        same = self._same_again(row)
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

    def _same_again(self, row: Row) -> bool:
        """Whether the same row was published and is in force for every item it stood for."""
        mine = [row[name] for name in IDENTITY]
        for item in self._named(row["order-id"], ""):
            for parcel in item.parcels:
                record = parcel.in_force
                if record and [record.row[name] for name in IDENTITY] == mine:
                    others = [one for other in self._named(row["order-id"], "") for one in other.parcels]
                    holding = [one for one in others if record.place in [each.place for each in one.records]]
                    if all(one.in_force and one.in_force.place == record.place for one in holding):
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
        return sorted(found, key=lambda one: one.in_force.place, reverse=True)

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
                unnamed = all(item.without_id for item in self._named(row["order-id"], ""))
                if mine == its if mine and its else shared or (unknown and unnamed):
                    self.told.lines[name, line].add("CAN-503")
                    self.told.lines[other, number].add("CAN-503")

    def _publish(self, places: list[Any], rows: dict[Any, Row], judged: dict[Any, Any]) -> None:
        codes = self.told.lines
        fine = [place for place in places if not codes[place] & ERRORS and "SHP-116" not in codes[place]]
        corrections: dict[Any, dict[str, Parcel]] = {place: {} for place in fine}
        too_many = set()
        for item in self.items.values():
            self._add_up(
                item, [place for place in fine if item in judged[place][0]], rows, judged, corrections, too_many
            )
        for place in too_many:
            codes[place].add("SHP-106")
        feed, opened = Feed(self.run, self.as_of, []), []
        for place in (one for one in fine if one not in too_many):
            stands, what = judged[place]
            feed.rows.append(rows[place] | {"items": []})
            is_correction = "correction" in what.values()
            for item in stands:
                parcel = corrections[place].get(item.number)
                if parcel or not is_correction:
                    opened += self._put(item, rows[place], feed, parcel)
            further = {"SHP-127"} if "further" in what.values() else set()
            codes[place] |= {"SHP-121"} if is_correction else further
        if feed.rows:
            self.feeds.append(feed)
            self.told.feed = feed.rows
        for item, parcel in opened:  # behind all lines: what remains is what remained before them
            item.parcels.append(parcel)

    def _put(self, item: Item, given: Row, feed: Feed, parcel: Parcel | None) -> list[tuple[Item, Parcel]]:
        """The line is published for the item: as a correction of the parcel, else as a parcel, which is given back."""
        units = parcel.units if parcel else self._units(given, item)
        record = Record((len(self.feeds), self.run), len(feed.rows), given, units, self.as_of)
        feed.rows[-1]["items"].append(item.number)
        if parcel:
            parcel.records.append(record)
            return []
        if item.before_us is None:
            item.before_us = item.reported
        return [(item, Parcel(units, [record]))]

    def _add_up(
        self,
        item: Item,
        places: list[Any],
        rows: dict[Any, Row],
        judged: dict[Any, Any],
        corrections: dict[Any, dict[str, Parcel]],
        too_many: set[Any],
    ) -> None:
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
