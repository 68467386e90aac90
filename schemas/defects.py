"""Negative feedback and chargebacks, in feedwarden's own layout: no report of Amazon lists them. Source: SPEC §2."""

from schemas.columns import choice, instant_or_date, order_id, text
from schemas.kind import FileKind

KIND = FileKind(
    name="defects",
    title="order defects",
    source="feedwarden's own layout",
    note="a line for each negative feedback or chargeback; with removed-date it no longer counts",
    recognized_by=(("defect-id",), ("defect-type",), ("defect-date",)),
    columns=(
        text("defect-id").as_required(),
        order_id("order-id").as_required(),
        choice("defect-type", "negative-feedback", "chargeback").as_required(),
        instant_or_date("defect-date").as_required(),
        instant_or_date("removed-date"),
    ),
)
