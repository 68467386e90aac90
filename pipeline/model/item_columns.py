"""The columns of order items as the reports have them: what every stage behind them reads."""

from pipeline.model.columns import ColumnTable, RowColumn, flag, instant, made_by, money, text, whole

_NOWHERE = "no report has it"
ITEM_KEYS = made_by(
    "reconcile",
    whole("order_key", "the order id as a number"),
    whole("item_key", "the order item id as a number; negative, of the sku, where no report gives one"),
)
ITEM_FIELDS: tuple[RowColumn, ...] = made_by(
    "reconcile",
    text("order_id", "the order id"),
    text("order_item_id", "the order item id", _NOWHERE),
    text("sku", "the seller's sku", _NOWHERE),
    instant("purchase_date", "when it was purchased", _NOWHERE),
    instant("payments_date", "when Amazon verified the payment", _NOWHERE),
    instant("reporting_date", "when the Unshipped Orders report first listed it", _NOWHERE),
    instant("promise_date", "by when it is to be shipped", _NOWHERE),
    whole("quantity_purchased", "how much was purchased", _NOWHERE, "units"),
    whole("quantity_shipped", "how much is shipped by the reports", _NOWHERE, "units"),
    text("status", "what the reports say: canceled, pending, shipped, unshipped or unknown"),
    text("fulfillment_channel", "who ships it: Amazon or the merchant", _NOWHERE),
    text("sales_channel", "the marketplace", _NOWHERE),
    text("ship_service_level", "the shipping service that the buyer chose", _NOWHERE),
    text("ship_country", "the country it goes to", _NOWHERE),
    text("currency", "the currency of its amounts", _NOWHERE),
    money("item_price", "its price, of all units", _NOWHERE),
    money("shipping_price", "what its shipping costs the buyer", _NOWHERE),
    money("gift_wrap_price", "what its gift wrap costs the buyer", _NOWHERE),
    money("item_tax", "the tax on its price", _NOWHERE),
    money("shipping_tax", "the tax on its shipping", _NOWHERE),
    money("gift_wrap_tax", "the tax on its gift wrap", _NOWHERE),
    money("item_promotion_discount", "what a promotion takes off its price", _NOWHERE),
    money("ship_promotion_discount", "what a promotion takes off its shipping", _NOWHERE),
    text("fulfilled_by", "who has it picked up, where that is not the seller", _NOWHERE),
    text("is_buyer_requested_cancellation", "true where the buyer asks to cancel it", _NOWHERE),
    text("verge_of_cancellation", "true where Amazon is about to cancel it", _NOWHERE),
    text("verge_of_lateshipment", "true where it is about to be shipped late", _NOWHERE),
    instant("latest_delivery_date", "by when Amazon estimates it delivered", _NOWHERE),
    instant("counted_at", "when the report was made that says how much is shipped", "none says it"),
)
REPORTED_ITEMS = ColumnTable(
    "reported_items",
    (
        *ITEM_KEYS,
        *ITEM_FIELDS,
        *made_by(
            "reconcile",
            flag("listed", "an Orders or Unshipped Orders report has listed it"),
            flag("canceled_seen", "a report has called it canceled"),
            flag("renewed", "a report of this run says something new of it"),
            whole("report_group", "the number of its rows among the ranked report rows; −1 where it has none"),
            whole("reported", "the earliest reporting-date; NEVER without one", unit="µs UTC"),
            whole("released", "when Amazon released it to the seller; NEVER if unknown", unit="µs UTC"),
        ),
    ),
)
