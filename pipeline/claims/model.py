"""The records that travel between the steps of the claims stage."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from pipeline.claims.claim_rows import ClaimRows
from pipeline.claims.contacts import ContactTimeline
from pipeline.claims.grounds import Grounds
from pipeline.claims.inputs import ClaimInputs
from pipeline.claims.order_index import OrderIndex
from pipeline.claims.return_index import ReturnIndex
from pipeline.claims.shipment_facts import ShipmentFacts
from pipeline.claims.status import ClaimStatuses
from pipeline.claims.timepoints import LocalClock, Timepoints
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class ClaimContext(NamedTuple):
    """What the claims are held against: all input rows, the order items with their facts, and what was sent."""

    inputs: ClaimInputs
    items: pd.DataFrame
    confirmations: pd.DataFrame
    orders: OrderIndex
    last_reported_item: Array  # of each of these the position of the item that a report of this run held last
    facts: ShipmentFacts
    timeline: ContactTimeline
    order_keys: Array  # of the orders in any of the inputs, in the order of their numbers
    known_order_index: Array  # the number of each among the orders of the items, −1 for none
    order_indices: list[Array]  # of the orders of the claims, the contacts and the returns
    return_index: ReturnIndex
    clock: LocalClock  # a row an order in any of the inputs

    def slice_claims(self, begin: int, size: int) -> ClaimContext:
        """The same of only so many claims, the first of them at the position ``begin``."""
        rows = arrow.to_table(self.inputs.claims, self.inputs.claims.columns).slice(begin, size)
        inputs = self.inputs._replace(claims=arrow.to_frame(rows))
        return self._replace(
            inputs=inputs, order_indices=[self.order_indices[0][begin : begin + size], *self.order_indices[1:]]
        )


class EvaluatedSlice(NamedTuple):
    """Some claims, one row each with everything a rule or a report asks about, and what they were judged by."""

    rows: pd.DataFrame
    claims: ClaimRows
    grounds: Grounds
    statuses: ClaimStatuses


class EvaluatedClaims(NamedTuple):
    """All claims judged, what the rules have to say about them, and what is to be done.

    ``odr_defects`` are those that count in the order defect rate, ``odr_at_risk`` those that would if they were lost,
    ``closes_order`` those of orders that are not to be shipped any more, ``window_starts`` the dates from which a
    policy's window runs, ``first_contact`` and ``estimated_day`` as the grounds have them.
    """

    rows: pd.DataFrame
    odr_defects: Array
    odr_at_risk: Array
    closes_order: Array
    window_starts: dict[str, Timepoints]
    first_contact: Array
    estimated_day: Array
    findings: pd.DataFrame
    action_items: list[pd.DataFrame]


class ExposedOrders(NamedTuple):
    """The orders without a claim that would be granted at once: which of the orders, and for what reasons."""

    order_index: Array  # of the order, among those of the items
    reasons: dict[str, Array]  # bool an exposed order
    facts: ShipmentFacts
