"""Every kind of file there is, in the order in which a header is tried against them."""

from __future__ import annotations

from schemas import (
    all_orders,
    cancellation,
    claims,
    confirmation,
    contacts,
    orders,
    processing_report,
    returns,
    stock,
    unshipped,
)
from schemas.kind import Kind

KINDS: tuple[Kind, ...] = (
    unshipped.KIND,
    orders.KIND,
    all_orders.KIND,
    cancellation.KIND,
    processing_report.KIND,
    returns.KIND,
    claims.KIND,
    contacts.KIND,
    stock.KIND,
    confirmation.KIND,
)
UPLOADS = ("confirmation", "cancellation")
REPORTS = ("unshipped", "orders", "all-orders")


def kind(name: str) -> Kind:
    """The kind of that name; KeyError where there is none."""
    return {one.name: one for one in KINDS}[name]
