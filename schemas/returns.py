"""The Returns report by return date. Source of the layout: FORMATS §5a."""

from schemas.columns import audited, currency, english_date, flag, integer, item_id, known, money, order_id, text
from schemas.kind import Kind

KIND = Kind(
    name="returns",
    title="Returns report",
    source="FORMATS §5a",
    recognised=(("return request date",), ("a-to-z claim",)),
    columns=(
        order_id("order id").must(),
        item_id("order item id").named("order_item_id"),
        english_date("order date"),
        english_date("return request date").must(),
        text("return request status"),
        money("label cost"),
        currency("currency code"),
        flag("a-to-z claim").named("a_to_z_claim"),
        text("merchant sku"),
        integer("return quantity"),
        flag("in policy"),
        text("return type"),
        text("resolution"),
        english_date("return delivery date"),
        money("order amount"),
        integer("order quantity"),
        money("refunded amount"),
        *known(flag, "is prime"),
        *known(money, "safet claim reimbursement amount"),
        *audited(
            *("amazon rma id", "merchant rma id", "label type", "return carrier", "tracking id"),
            *("label to be paid by", "asin", "item name", "return reason", "invoice number"),
            *("safet action reason", "safet claim id", "safet claim state", "safet claim creation time"),
            "category",
        ),
    ),
)
