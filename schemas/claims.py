"""A-to-z claims, in feedwarden's own layout (Amazon has no report that lists them). Source: SPEC §2."""

from schemas.columns import choice, currency, instant_or_date, item_id, money, order_id, text, yes_no
from schemas.kind import FileKind

KIND = FileKind(
    name="claims",
    title="A-to-z claims",
    source="feedwarden's own layout",
    note="a line for each claim; what has not happened or is not known stays blank, and is filled in later",
    recognized_by=(("claim-id",), ("claim-type",), ("claim-date",)),
    columns=(
        text("claim-id").as_required(),
        order_id("order-id").as_required(),
        item_id("order-item-id"),
        choice(
            "claim-type",
            *("not-received", "not-as-described", "not-refunded", "international-return", "extra-charges"),
        ).as_required(),
        instant_or_date("claim-date").as_required(),
        money("claim-amount"),
        currency("currency"),
        instant_or_date("info-requested-date"),
        instant_or_date("info-answered-date"),
        instant_or_date("refund-date"),
        money("refund-amount"),
        instant_or_date("withdrawn-date"),
        choice("decision", "granted", "denied"),
        instant_or_date("decision-date"),
        choice("funded-by", "seller", "amazon"),
        instant_or_date("appeal-date"),
        choice("appeal-decision", "reversed", "upheld"),
        instant_or_date("appeal-decision-date"),
        instant_or_date("latest-delivery-date"),
        instant_or_date("tracking-promised-date"),
        instant_or_date("delivered-date"),
        instant_or_date("returned-date"),
        money("charged-amount"),
        yes_no("domestic-return-address"),
        yes_no("prepaid-label"),
        yes_no("full-refund-offered"),
    ),
)
