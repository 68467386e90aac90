"""The order cancellation file that a seller uploads. Source of the layout: FORMATS §3a."""

from schemas.columns import choice, item_id, order_id
from schemas.kind import Kind

TEMPLATE = (
    "TemplateType=OrderCancellation",
    "Version=1.0/1.0.3",
    "This row for Amazon.com use only.  Do not modify or delete.",
)

BY_BUYER = "BuyerCanceled"  # the only reason that is not the seller's
KIND = Kind(
    name="cancellation",
    title="order cancellation file",
    source="FORMATS §3a",
    recognised=(("cancellation-reason-code",),),
    upload=True,
    columns=(
        order_id("order-id").must(),
        choice(
            "cancellation-reason-code",
            *("NoInventory", BY_BUYER, "CustomerExchange", "CustomerReturn", "GeneralAdjustment"),
            *("MerchandiseNotReceived", "ShippingAddressUndeliverable"),
        ),
        item_id("amazon-order-item-code").named("order_item_id"),
    ),
)

FEED = tuple(column.name for column in KIND.columns)
