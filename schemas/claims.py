"""A-to-z claims, in feedwarden's own layout (Amazon has no report that lists them). Source: SPEC §2."""

from schemas.columns import choice, currency, flag, item_id, money, order_id, text, when
from schemas.kind import Kind

KIND = Kind(
    name="claims",
    title="A-to-z claims",
    source="SPEC §2",
    recognised=(("claim-id",), ("claim-type",), ("claim-date",)),
    columns=(
        text("claim-id").must(),
        order_id("order-id").must(),
        item_id("order-item-id"),
        choice(
            "claim-type",
            *("not-received", "not-as-described", "not-refunded", "international-return", "extra-charges"),
        ).must(),
        when("claim-date").must(),
        money("claim-amount"),
        currency("currency"),
        when("info-requested-date"),
        when("info-answered-date"),
        when("refund-date"),
        money("refund-amount"),
        when("withdrawn-date"),
        choice("decision", "granted", "denied"),
        when("decision-date"),
        choice("funded-by", "seller", "amazon"),
        when("appeal-date"),
        choice("appeal-decision", "reversed", "upheld"),
        when("appeal-decision-date"),
        when("latest-delivery-date"),
        when("tracking-promised-date"),
        when("delivered-date"),
        when("returned-date"),
        money("charged-amount"),
        flag("domestic-return-address"),
        flag("prepaid-label"),
        flag("full-refund-offered"),
    ),
)
