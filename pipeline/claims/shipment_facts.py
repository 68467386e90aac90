"""What is known of each order item and of each order as a whole: shipped or not, tracked or not, in time or not.

The evidence of a claim is its item, or all items of its order. Of what only Amazon's reports say that it was shipped
neither tracking number nor ship-date is known (SPEC §5).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims import amounts
from pipeline.claims.order_index import OrderIndex
from pipeline.model import calendar
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import LATEST, MONEY_SUM, NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

_AMOUNTS = ("amount", "known_amount")


class ShipmentFacts(NamedTuple):
    """One row an order item, and behind them one an order of several; of positions among confirmations −1 is none."""

    confirmed: Array  # bool: by us
    reported_shipped: Array  # bool: some report says shipped
    reported_only: Array  # bool: of some units only a report says that they were shipped, their tracking is unknown
    has_tracking: Array  # bool: a confirmation has a usable tracking number
    untracked_confirmation: Array  # position of the last confirmation without one
    late_confirmation: Array  # position of a confirmation whose ship-date is after the promised day
    promised_at: Array  # µs UTC, the earliest
    estimated_day: Array  # local day of the delivery estimate, the latest
    amazon_ships: Array  # bool: Amazon fulfils all of it
    amount: Any  # decimal, null where any part of it is not known
    known_amount: Any  # decimal, what is known of it at the most; null where any price is not known

    @property
    def not_shipped(self) -> Array:
        """Where nothing is confirmed, and no report says shipped."""
        return ~self.confirmed & ~self.reported_shipped

    @property
    def no_tracking(self) -> Array:
        """Where no confirmation has a usable tracking number, nothing having been sent at all included (CLM-402)."""
        return self.not_shipped | (self.confirmed & ~self.has_tracking & ~self.reported_only)

    @property
    def worth(self) -> Any:
        """What each came to, at most as far as is known; null where any price is not known."""
        return pc.coalesce(self.amount, self.known_amount)

    def take_amounts(self, facts_index: Array) -> Any:
        """The amounts at the positions; null for −1."""
        return _take_amounts(self.amount, facts_index)

    def take_known_amounts(self, facts_index: Array) -> Any:
        """The amounts at the positions as far as they are known at the most; null for −1."""
        return _take_amounts(self.worth, facts_index)

    def take(self, facts_index: Array) -> ShipmentFacts:
        """The facts at the positions; −1 is nothing known."""
        if not len(self.confirmed):
            return _no_facts(len(facts_index))
        missing, safe = facts_index < 0, np.maximum(facts_index, 0)

        def take_flags(flags: Array) -> Array:
            return flags[safe] & ~missing

        def take_numbers(numbers: Array, default: int) -> Array:
            return np.where(missing, default, numbers[safe])

        return ShipmentFacts(
            confirmed=take_flags(self.confirmed),
            reported_shipped=take_flags(self.reported_shipped),
            reported_only=take_flags(self.reported_only),
            has_tracking=take_flags(self.has_tracking),
            untracked_confirmation=take_numbers(self.untracked_confirmation, -1),
            late_confirmation=take_numbers(self.late_confirmation, -1),
            promised_at=take_numbers(self.promised_at, NEVER),
            estimated_day=take_numbers(self.estimated_day, NEVER),
            amazon_ships=take_flags(self.amazon_ships),
            amount=self.take_amounts(facts_index),
            known_amount=_take_amounts(self.known_amount, facts_index),
        )

    def append(self, others: ShipmentFacts) -> ShipmentFacts:
        """These facts, and the others behind them."""
        arrays = {
            name: np.concatenate([getattr(self, name), getattr(others, name)])
            for name in self._fields
            if name not in _AMOUNTS
        }
        sums = {name: pa.concat_arrays([getattr(facts, name) for facts in (self, others)]) for name in _AMOUNTS}
        return ShipmentFacts(**arrays, **sums)


def build_shipment_facts(
    items: pd.DataFrame, confirmations: pd.DataFrame, orders: OrderIndex, zone_index: Array, zones: list[str]
) -> ShipmentFacts:
    """The facts of the items and of their orders; ``confirmations`` name by ``item_index`` the position of theirs."""
    size = len(items)
    item_index = arrow.to_int64(confirmations["item"])
    has_tracking = arrow.to_bool(confirmations["tracked"])
    promised_at = arrow.to_int64(items["promise_date"])
    promise_day = calendar.to_local_days(promised_at, zone_index, zones)
    is_late = MaskedInts.from_column(confirmations["ship_date"]) > MaskedInts.from_sentinel(promise_day[item_index])
    confirmed = arrow.to_int64(items["quantity_confirmed"], 0) > 0
    reported = arrow.to_int64(items["quantity_shipped"], 0) > 0
    estimated_day = calendar.to_local_days(arrow.to_int64(items["delivery_estimate"]), zone_index, zones)
    item_facts = ShipmentFacts(
        confirmed=confirmed,
        reported_shipped=reported,
        reported_only=(reported & ~confirmed) | (arrow.to_int64(items["shipped_before_us"], 0) > 0),
        has_tracking=np.bincount(item_index[has_tracking], minlength=size) > 0,
        untracked_confirmation=_last_position(item_index, ~has_tracking, size),
        late_confirmation=_last_position(item_index, is_late, size),
        promised_at=promised_at,
        estimated_day=estimated_day,
        amazon_ships=is_amazon_fulfilled(items["fulfillment_channel"]),
        amount=amounts.sum_item_totals(items),
        known_amount=amounts.sum_known_parts(items),
    )
    return _append_order_facts(item_facts, orders)


def _append_order_facts(item_facts: ShipmentFacts, orders: OrderIndex) -> ShipmentFacts:
    """The facts of the items, and behind them those of the orders of several items."""
    has_many = orders.order_facts >= len(item_facts.confirmed)
    if not has_many.any():
        return item_facts
    item_index = np.flatnonzero(has_many[orders.order_of_item])
    starts = groups.group_starts(orders.order_of_item[item_index])
    selected = item_facts.take(item_index)
    sums = {name: amounts.sum_by_order(getattr(selected, name), orders.order_of_item[item_index]) for name in _AMOUNTS}
    return item_facts.append(_sum_up_orders(selected, starts, sums))


def _sum_up_orders(facts: ShipmentFacts, starts: Array, sums: dict[str, pa.Array]) -> ShipmentFacts:
    """The facts of each order from those of its items, which begin at ``starts``; ``sums`` are the orders' amounts."""
    promised_at = np.minimum.reduceat(MaskedInts.from_sentinel(facts.promised_at).fill(LATEST), starts)
    return ShipmentFacts(
        confirmed=np.logical_or.reduceat(facts.confirmed, starts),
        reported_shipped=np.logical_or.reduceat(facts.reported_shipped, starts),
        reported_only=np.logical_or.reduceat(facts.reported_only, starts),
        has_tracking=np.logical_or.reduceat(facts.has_tracking, starts),
        untracked_confirmation=np.maximum.reduceat(facts.untracked_confirmation, starts),
        late_confirmation=np.maximum.reduceat(facts.late_confirmation, starts),
        promised_at=np.where(promised_at == LATEST, NEVER, promised_at),
        estimated_day=np.maximum.reduceat(facts.estimated_day, starts),
        amazon_ships=np.logical_and.reduceat(facts.amazon_ships, starts),
        **sums,
    )


def _no_facts(size: int) -> ShipmentFacts:
    """Of so many nothing is known."""
    all_false, no_position, unknown = np.zeros(size, bool), np.full(size, -1), np.full(size, NEVER)
    return ShipmentFacts(
        confirmed=all_false,
        reported_shipped=all_false,
        reported_only=all_false,
        has_tracking=all_false,
        untracked_confirmation=no_position,
        late_confirmation=no_position,
        promised_at=unknown,
        estimated_day=unknown,
        amazon_ships=all_false,
        **dict.fromkeys(_AMOUNTS, pa.nulls(size, MONEY_SUM)),
    )


def _take_amounts(amount: Any, facts_index: Array) -> Any:
    positions = pa.array(np.maximum(facts_index, 0), mask=facts_index < 0)
    return amount.take(positions) if len(amount) else pa.nulls(len(facts_index), MONEY_SUM)


def _last_position(item_index: Array, mask: Array, size: int) -> Array:
    """For each item the position of the last confirmation among those of the mask; −1 without one."""
    positions = np.full(size, -1)
    rows = np.flatnonzero(mask)
    positions[item_index[rows]] = rows
    return positions
