"""The Returns report by return date. Source of the layout: FORMATS §5a."""

from schemas.columns import (
    audit_columns,
    audit_texts,
    currency,
    english_date,
    integer,
    item_id,
    money,
    order_id,
    text,
    yes_no,
)
from schemas.kind import FileKind

KIND = FileKind(
    name="returns",
    title="Returns report",
    source="Amazon's Returns report",
    place="Reports > Return Reports",
    api_types=("GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE",),
    recognized_by=(("return request date",), ("a-to-z claim",)),
    always_filled=(  # of its dates one: a spreadsheet that changes one changes all
        *("return request date", "currency code", "a-to-z claim", "return quantity", "in policy"),
        *("order amount", "order quantity"),
    ),
    columns=(
        order_id("order id").as_required(),
        item_id("order item id").with_value_name("order_item_id"),
        english_date("order date"),
        english_date("return request date").as_required(),
        text("return request status"),
        money("label cost"),
        currency("currency code"),
        yes_no("a-to-z claim").with_value_name("a_to_z_claim"),
        text("merchant sku"),
        integer("return quantity"),
        yes_no("in policy"),
        text("return type"),
        text("resolution"),
        english_date("return delivery date"),
        money("order amount"),
        integer("order quantity"),
        money("refunded amount"),
        *audit_columns(yes_no, "is prime"),
        *audit_columns(money, "safet claim reimbursement amount"),
        *audit_texts(
            *("amazon rma id", "merchant rma id", "seller rma id", "label type", "return carrier", "tracking id"),
            *("label to be paid by", "asin", "item name", "return reason", "invoice number"),
            *("safet action reason", "safet claim id", "safet claim state", "safet claim creation time"),
            "category",
        ),
    ),
)
