"""The Orders report: new orders whose payment Amazon has verified. Source of the layout: FORMATS §1c."""

from dataclasses import replace

from schemas.columns import (
    audited,
    country,
    currency,
    instant,
    item_id,
    known,
    money,
    order_id,
    personal,
    private,
    quantity,
    text,
    truth,
)
from schemas.kind import Kind

KIND = Kind(
    name="orders",
    title="Orders report",
    source="FORMATS §1c",
    recognised=(("order-item-id",), ("purchase-date",), ("quantity-purchased",), ("item-price", "currency")),
    never=("quantity-to-ship",),
    columns=(
        order_id("order-id").must(),
        item_id("order-item-id").must(),
        instant("purchase-date").must(),
        instant("payments-date"),
        text("sku").must(),
        quantity("quantity-purchased").must(),
        currency("currency"),
        money("item-price"),
        money("shipping-price"),
        text("ship-service-level"),
        *personal("recipient-name", "ship-address-1", "ship-city", "ship-postal-code"),
        country("ship-country"),
        text("sales-channel"),
        instant("latest-ship-date").named("promise_date"),
        instant("latest-delivery-date"),
        *private(
            *("buyer-email", "buyer-name", "buyer-phone-number", "ship-address-2", "ship-address-3", "ship-state"),
            *("ship-county", "ship-phone-number", "bill-address-1", "bill-address-2", "bill-address-3", "bill-city"),
            *("bill-state", "bill-postal-code", "bill-country", "delivery-instructions", "gift-message-text", "cpf"),
            *("buyer-company-name", "customized-url", "customized-page"),
        ),
        *known(truth, "is-business-order", "is-iba", "is-sold-by-ab", "verge-of-cancellation", "verge-of-lateshipment"),
        *known(instant, "earliest-ship-date", "earliest-delivery-date"),
        *known(money, "item-tax", "shipping-tax", "gift-wrap-price", "gift-wrap-tax", "cod-collectible-amount"),
        *known(money, "item-promotion-discount", "ship-promotion-discount"),
        replace(text("promise-date").named("promise_told"), audit=True),
        *audited(
            *("product-name", "item-name", "number-of-items"),
            *("gift-wrap-type", "item-promotion-id"),
            *("ship-promotion-id", "delivery-start-date", "delivery-end-date"),
            "delivery-time-zone",
            *("purchase-order-number", "price-designation", "is-prime"),
            *("tax-collection-model", "tax-collection-responsible-party", "ship-service-name", "address-type"),
            *("signature-confirmation-recommended", "is-buyer-requested-cancellation"),
            *("buyer-requested-cancel-reason", "shipment-status", "ship-method", "is-transparency"),
            *("payment-method", "payment-method-details"),
            *("already-paid", "payment-method-fee", "points-granted"),
        ),
    ),
)
