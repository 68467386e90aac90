"""The lives of orders: pure functions of the seed and each order's number, told in the seconds and nights of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline import policy
from pipeline.simulate import rates
from pipeline.simulate.chance import Bools, Chance, Ints
from pipeline.simulate.markets import Market, market
from pipeline.simulate.nights import DAY, FAR, HOUR, Nights, Zone

FATES = tuple(rates.FATES)
SHIPPED, OTHER_CHANNEL, BY_AMAZON, IN_HOLD, UNPAID, VANISHED, CALLED_OFF, FORGOTTEN = range(len(FATES))
PLAIN, REFUSED, WARNED, REPEATED, CORRECTED = range(len(rates.AFTERWARDS))
_AGAIN = 2  # nights after which a refused confirmation is given again, and a mistaken one corrected


class Asked(NamedTuple):
    """What a simulation is asked for; ``history`` are the days of orders before the first night."""

    orders: int
    nights: int
    seed: int
    dirty: float
    start: dt.datetime
    history: int
    marketplaces: tuple[str, ...]


class World:
    """What all orders of a simulation have in common: its nights, stores and time zones, and Amazon's numbers."""

    def __init__(self, asked: Asked) -> None:
        """Amazon's numbers are those of the policy at the first night."""
        self.asked = asked
        self.nights = Nights(int(asked.start.timestamp()), asked.nights)
        self.markets: Sequence[Market] = [market(code) for code in asked.marketplaces]
        self.begin = self.nights.first - asked.history * DAY
        self.end = int(self.nights.made(asked.nights))
        self.zones = [Zone(one.store.time_zone, self.begin, self.end + asked.history * DAY) for one in self.markets]
        numbers = policy.load_policy("amazon")
        names = ("order.hold", "order.verification", "shipment.confirm_within")
        spans = [numbers.duration_on(name, asked.start) or dt.timedelta() for name in names]
        self.hold, self.verification, self.confirm_within = (int(one.total_seconds()) for one in spans)

    def day(self, market_: Ints, instants: Ints) -> Ints:
        """The local day of each instant in its market."""
        return self._by_zone(market_, instants, "day")

    def last_second(self, market_: Ints, days: Ints) -> Ints:
        """The last second of each local day in its market."""
        return self._by_zone(market_, days, "last_second")

    def _by_zone(self, market_: Ints, values: Ints, what: str) -> Ints:
        made = np.zeros(len(values), np.int64)
        for number, zone in enumerate(self.zones):
            here = np.flatnonzero(market_ == number)
            made[here] = getattr(zone, what)(values[here])
        return made


class Orders(NamedTuple):
    """Orders, one place in every array each: instants in seconds UTC, nights by number, FAR for what never comes."""

    number: Ints
    market: Ints
    fate: Ints
    purchase: Ints
    purchase_day: Ints  # local
    released: Ints
    promise: Ints
    canceled: Ints
    night: Ints  # whose upload confirms the order, or calls it off
    afterwards: Ints
    again: Ints  # the night of the confirmation that follows, or that Amazon takes where it refused the first
    service: Ints
    items: Ints
    redirected: Bools
    odd: Bools  # an item id of unusual length

    def confirmed(self) -> Bools:
        """Which orders some night confirms."""
        return self.fate == SHIPPED


def orders(world: World, numbers: Ints) -> Orders:
    """The lives of the orders of these numbers."""
    asked, nights, chance = world.asked, world.nights, Chance(world.asked.seed, numbers)
    moments = (numbers + chance.share("purchase")) * ((world.end - world.begin) / asked.orders)
    purchase = world.begin + moments.astype(np.int64)
    market_ = chance.among("market", [one.weight for one in world.markets])
    fate, service = (
        chance.among("fate", list(rates.FATES.values())),
        chance.among("service", list(rates.SERVICES.values())),
    )
    released = purchase + _verified(world, chance, fate)
    day = world.day(market_, purchase)
    known = np.where(released < FAR, released, purchase)
    handling = np.array(rates.HANDLING, np.int64)[service]
    promise = world.last_second(market_, world.day(market_, known) + handling)
    night = nights.knowing(known) + chance.among("confirmed", rates.CONFIRMED_AFTER)
    night += world.day(market_, nights.as_of(night)) <= day
    night = np.where(np.isin(fate, (SHIPPED, CALLED_OFF)), night, FAR)
    afterwards, again = _afterwards(world, chance, purchase, night)
    afterwards = np.where(fate == SHIPPED, afterwards, PLAIN)
    items = np.where(np.isin(fate, (OTHER_CHANNEL, BY_AMAZON)), 1, 1 + chance.among("items", rates.ITEMS))
    return Orders(
        *(numbers, market_, fate, purchase, day, released, promise),
        _canceled(world, chance, (fate, purchase, released, night)),
        *(night, afterwards, again, service, items),
        (fate == SHIPPED) & chance.happens("redirected", rates.REDIRECTED),
        chance.happens("odd", asked.dirty * rates.ODD_ID),
    )


def _verified(world: World, chance: Chance, fate: Ints) -> Ints:
    """The time from purchase to release: the hold, and for some orders Amazon's check; FAR where they never are."""
    soon = world.hold + chance.below("moment", HOUR // 60)
    slow = (chance.share("verified") ** 3 * (world.verification - world.hold - HOUR)).astype(np.int64)
    late = chance.happens("late", rates.LATE_VERIFIED) & (fate != OTHER_CHANNEL)
    never = np.isin(fate, (IN_HOLD, UNPAID))
    return np.where(never, FAR, soon + np.where(late, slow, 0))


def _canceled(world: World, chance: Chance, life: tuple[Ints, Ints, Ints, Ints]) -> Ints:
    """When each order as a whole was canceled."""
    fate, purchase, released, night = life
    share = chance.share("canceled")
    ends = {
        IN_HOLD: purchase + (share * world.hold).astype(np.int64),
        UNPAID: purchase + world.hold + (share * world.verification / 2).astype(np.int64),
        VANISHED: released + (share * 2 * DAY).astype(np.int64),
        CALLED_OFF: world.nights.taken(night),
        FORGOTTEN: purchase + world.confirm_within + (share * DAY).astype(np.int64),
    }
    return np.select([fate == one for one in ends], list(ends.values()), FAR)


def _afterwards(world: World, chance: Chance, purchase: Ints, night: Ints) -> tuple[Ints, Ints]:
    """What becomes of each confirmation, and the night on which one more follows."""
    what = chance.among("afterwards", list(rates.AFTERWARDS.values()))
    again = night + np.where(what == REPEATED, 1, _AGAIN)
    early = world.nights.as_of(again) <= purchase + world.confirm_within
    what = np.where((night >= 1) & (night < FAR) & early, what, PLAIN)
    return what, np.where(np.isin(what, (REFUSED, REPEATED, CORRECTED)), again, FAR)
