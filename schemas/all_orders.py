"""The All Orders report: every order and its status, for tracking only. Source of the layout: FORMATS §1d."""

from schemas.columns import (
    any_order_id,
    audited,
    country,
    currency,
    instant,
    item_id,
    known,
    money,
    private,
    quantity,
    text,
    truth,
)
from schemas.kind import Kind

KIND = Kind(
    name="all-orders",
    title="All Orders report",
    source="FORMATS §1d",
    recognised=(("amazon-order-id",), ("order-status",), ("last-updated-date",)),
    columns=(
        any_order_id("amazon-order-id").must().named("order_id"),
        item_id("order-item-id"),
        instant("purchase-date").must(),
        instant("last-updated-date").must(),
        text("order-status").must(),
        text("item-status").must(),
        text("fulfillment-channel"),
        text("sales-channel"),
        text("ship-service-level"),
        text("sku").must(),
        quantity("quantity").must().named("quantity_purchased"),
        currency("currency"),
        money("item-price"),
        money("shipping-price"),
        country("ship-country"),
        *private("ship-city", "ship-state", "ship-postal-code", "cpf", "merchant-order-id", "buyer-company-name"),
        *known(truth, "is-business-order", "is-iba"),
        *known(money, "item-tax", "shipping-tax", "gift-wrap-price", "gift-wrap-tax"),
        *known(money, "item-promotion-discount", "ship-promotion-discount"),
        *audited(
            *("order-channel", "url", "product-name", "asin", "number-of-items"),
            *("promotion-ids", "purchase-order-number", "price-designation", "address-type"),
            *("signature-confirmation-recommended", "tax-collection-model", "tax-collection-responsible-party"),
            *("fulfilled-by", "is-replacement-order", "original-order-id", "vat-exclusive-item-price"),
            "is-transparency",
        ),
    ),
)
