"""Every kind of file there is, in the order in which a header is tried against them."""

from __future__ import annotations

from schemas import (
    all_orders,
    cancellation,
    claims,
    confirmation,
    contacts,
    defects,
    orders,
    processing_report,
    returns,
    stock,
    unshipped,
)
from schemas.kind import FileKind

KINDS: tuple[FileKind, ...] = (
    unshipped.KIND,
    orders.KIND,
    all_orders.KIND,
    cancellation.KIND,
    processing_report.KIND,
    returns.KIND,
    claims.KIND,
    contacts.KIND,
    defects.KIND,
    stock.KIND,
    confirmation.KIND,
)
UPLOAD_KINDS = ("confirmation", "cancellation")
REPORT_KINDS = ("unshipped", "orders", "all-orders")
AMAZON_REPORT_KINDS = (*REPORT_KINDS, "returns", "processing-report")  # which Amazon writes, and nobody else
OWN_KINDS = tuple(one.name for one in KINDS if one.name not in (*UPLOAD_KINDS, *AMAZON_REPORT_KINDS))  # of the seller


def find_kind(name: str) -> FileKind:
    """The kind of that name; KeyError where there is none."""
    return {one.name: one for one in KINDS}[name]
