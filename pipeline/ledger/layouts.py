"""The layouts that a ledger has had, and what of the present one follows from what an older one holds.

A table names its layout in its description. What an older layout does not hold is null; a few columns follow from
others that it holds. A new layout is one more entry of ``LAYOUTS``, and its nullable columns in ``tables``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from pipeline.ledger.delta_tables import UnknownLayout
from pipeline.ledger.tables import CLAIMS

_LAYOUT_PREFIX = "feedwarden ledger, "


class DerivedColumn(NamedTuple):
    """A column of later layouts that follows from ``inputs``, columns of an older one."""

    name: str
    inputs: tuple[str, ...]
    compute: Callable[..., pa.Array]


class Layout(NamedTuple):
    """A layout: the description of its tables, and what later layouts know of its rows beside the columns they share.

    ``derived`` belongs to the table of order items; a column whose inputs a table does not hold stays null.
    """

    description: str
    derived: tuple[DerivedColumn, ...] = ()
    unwritten: tuple[str, ...] = ()  # tables that no run wrote to, and whose columns were others


def _earliest_report(reporting_date: pa.Array, payments_date: pa.Array, released: pa.Array) -> pa.Array:
    """The earliest reporting date, which ``released`` is unless a payments date has come before it."""
    reported = reporting_date.cast(pa.int64())
    is_payment = pc.fill_null(pc.equal(released, payments_date.cast(pa.int64())), False)
    return pc.if_else(pc.is_valid(reported), pc.if_else(is_payment, reported, released), None)


def _latest_count(quantity_shipped: pa.Array, last_seen: pa.Array) -> pa.Array:
    """The latest instant at which the report that counts what is shipped can have been made."""
    return pc.if_else(pc.is_valid(quantity_shipped), last_seen, None)


def _missing_before_us(state: pa.Array, purchased: pa.Array, shipped: pa.Array, confirmed: pa.Array) -> pa.Array:
    """The units without which an item in part reported would not be shipped; null where it is not."""
    missing = pc.subtract(purchased, confirmed)
    is_partly = pc.and_(pc.greater(confirmed, 0), pc.and_(pc.greater(missing, 0), pc.less(shipped, purchased)))
    is_shipped = pc.and_(pc.equal(state, "shipped"), is_partly)
    return pc.if_else(pc.fill_null(is_shipped, False), missing, None)


def _shipped_before_us(shipped: pa.Array, confirmed: pa.Array, confirmed_after: pa.Array) -> pa.Array:
    """What the report calls shipped beside the confirmations before it; null where nothing is confirmed."""
    counted_in_report = pc.subtract(confirmed, pc.fill_null(confirmed_after, 0))
    before_us = pc.max_element_wise(pc.subtract(pc.fill_null(shipped, 0), counted_in_report), 0)
    return pc.if_else(pc.fill_null(pc.greater(confirmed, 0), False), before_us, None)


# Oldest first; the last is the present one. Layout 1 had five sets of columns under one name.
LAYOUTS = (
    Layout(
        "feedwarden ledger, layout 1",
        derived=(
            DerivedColumn("reported", ("reporting_date", "payments_date", "released"), _earliest_report),
            DerivedColumn("counted_at", ("quantity_shipped", "last_seen"), _latest_count),
            DerivedColumn(
                "shipped_before_us",
                ("state", "quantity_purchased", "quantity_shipped", "quantity_confirmed"),
                _missing_before_us,
            ),
        ),
        unwritten=(CLAIMS.name,),
    ),
    Layout("feedwarden ledger, layout 2"),  # claims, contacts and returns are remembered
    Layout("feedwarden ledger, layout 3"),  # order_items: reported
    Layout(  # the second edition of the rules; its first ledgers did not have all of its columns
        "feedwarden ledger, layout 4",
        derived=(
            DerivedColumn(
                "shipped_before_us", ("quantity_shipped", "quantity_confirmed", "confirmed_after"), _shipped_before_us
            ),
        ),
    ),
    Layout("feedwarden ledger, layout 5"),  # confirmations: feed_id, submitted_at
)
LAYOUT = LAYOUTS[-1].description


def find_layout(delta_table: DeltaTable) -> Layout:
    """The layout of a table; UnknownLayout where it is none of ``LAYOUTS``."""
    description = delta_table.metadata().description or ""
    layout = next((layout for layout in LAYOUTS if layout.description == description), None)
    if layout is None and description.startswith(_LAYOUT_PREFIX):
        raise UnknownLayout(
            f"{delta_table.table_uri}: {description} is not known here; update feedwarden, or choose another folder "
            "with --ledger"
        )
    if layout is None or "seq" not in {field.name for field in delta_table.schema().fields}:
        raise UnknownLayout(
            f"{delta_table.table_uri}: feedwarden did not write this table; choose another folder with --ledger"
        )
    return layout
