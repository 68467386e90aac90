"""The buyer-seller contact log, in feedwarden's own layout. Source: SPEC §2."""

from schemas.columns import choice, order_id, text, when
from schemas.kind import Kind

KIND = Kind(
    name="contacts",
    title="contact log",
    source="SPEC §2",
    recognised=(("contact-id",), ("direction",), ("sent-date",)),
    columns=(
        text("contact-id").must(),
        order_id("order-id").must(),
        when("sent-date").must(),
        choice("direction", "buyer", "seller", "amazon").must(),
        choice("channel", "message", "return-request"),
        choice("topic", "delivery", "item", "address", "other"),
    ),
)
