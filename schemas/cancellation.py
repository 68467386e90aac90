"""The order cancellation file that a seller uploads. Source of the layout: FORMATS §3a."""

from schemas.columns import choice, item_id, order_id
from schemas.kind import FileKind

TEMPLATE_LINE = (
    "TemplateType=OrderCancellation",
    "Version=1.0/1.0.3",
    "This row for Amazon.com use only.  Do not modify or delete.",
)

BUYER_CANCELED = "BuyerCanceled"  # the only reason that is not the seller's
NO_INVENTORY = "NoInventory"
KIND = FileKind(
    name="cancellation",
    title="order cancellation file",
    source="Amazon's order cancellation template",
    place="Orders > Upload Order Related Files > Order Cancellation",
    api_types=("POST_FLAT_FILE_ORDER_ACKNOWLEDGEMENT_DATA",),
    recognized_by=(("cancellation-reason-code",),),
    is_upload=True,
    columns=(
        order_id("order-id").as_required(),
        choice(
            "cancellation-reason-code",
            *(NO_INVENTORY, BUYER_CANCELED, "CustomerExchange", "CustomerReturn", "GeneralAdjustment"),
            *("MerchandiseNotReceived", "ShippingAddressUndeliverable"),
        ),
        item_id("amazon-order-item-code").with_value_name("order_item_id"),
    ),
)

FEED_COLUMNS = tuple(column.name for column in KIND.columns)
