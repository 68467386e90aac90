"""The buyer-seller contact log, in feedwarden's own layout. Source: SPEC §2."""

from schemas.columns import choice, instant_or_date, order_id, text
from schemas.kind import FileKind

KIND = FileKind(
    name="contacts",
    title="contact log",
    source="feedwarden's own layout",
    note="a line for each message or return request, by ids of your own; direction says who wrote it",
    recognized_by=(("contact-id",), ("direction",), ("sent-date",)),
    columns=(
        text("contact-id").as_required(),
        order_id("order-id").as_required(),
        instant_or_date("sent-date").as_required(),
        choice("direction", "buyer", "seller", "amazon").as_required(),
        choice("channel", "message", "return-request"),
        choice("topic", "delivery", "item", "address", "other"),
        instant_or_date("resolved-date"),
    ),
)
