"""The Orders report: new orders whose payment Amazon has verified. Source of the layout: FORMATS §§1c, 6."""

from dataclasses import replace

from schemas.columns import (
    audit_columns,
    audit_texts,
    country,
    currency,
    instant,
    item_id,
    money,
    order_id,
    personal_audit_texts,
    personal_texts,
    quantity,
    text,
    true_false,
)
from schemas.kind import FileKind

KIND = FileKind(
    name="orders",
    title="Orders report",
    source="Amazon's Orders report",
    recognized_by=(("order-item-id",), ("purchase-date",), ("quantity-purchased",), ("item-price", "currency")),
    must_lack=("quantity-to-ship",),
    always_filled=(
        *("purchase-date", "payments-date", "quantity-purchased", "currency", "item-price", "shipping-price"),
        "ship-country",
    ),
    continued_blanks=("purchase-date", "sku", "quantity-purchased"),
    free_texts=("gift-message-text", "delivery-instructions"),
    columns=(
        order_id("order-id").as_required(),
        item_id("order-item-id").as_required(),
        instant("purchase-date").as_required(),
        instant("payments-date"),
        text("sku").as_required(),
        quantity("quantity-purchased").as_required(),
        currency("currency"),
        money("item-price"),
        money("shipping-price"),
        money("gift-wrap-price"),
        money("item-tax"),
        money("shipping-tax"),
        money("gift-wrap-tax"),
        money("item-promotion-discount"),
        money("ship-promotion-discount"),
        text("ship-service-level"),
        *personal_texts("recipient-name", "ship-address-1", "ship-city", "ship-postal-code"),
        country("ship-country"),
        text("sales-channel"),
        instant("latest-ship-date").with_value_name("promise_date"),
        instant("latest-delivery-date"),
        *personal_audit_texts(
            *("buyer-email", "buyer-name", "buyer-phone-number", "ship-address-2", "ship-address-3", "ship-state"),
            *("ship-county", "ship-phone-number", "bill-address-1", "bill-address-2", "bill-address-3", "bill-city"),
            *("bill-state", "bill-postal-code", "bill-country", "delivery-instructions", "gift-message-text", "cpf"),
            *("buyer-company-name", "customized-url", "customized-page", "buyer-identification-number"),
        ),
        *audit_columns(
            true_false, "is-business-order", "is-iba", "is-sold-by-ab", "verge-of-cancellation", "verge-of-lateshipment"
        ),
        *audit_columns(instant, "earliest-ship-date", "earliest-delivery-date"),
        *audit_columns(money, "cod-collectible-amount"),
        replace(text("promise-date").with_value_name("promise_told"), audit_only=True),
        *audit_texts(
            *("product-name", "item-name", "number-of-items"),
            *("gift-wrap-type", "item-promotion-id"),
            *("ship-promotion-id", "delivery-start-date", "delivery-end-date"),
            "delivery-time-zone",
            *("purchase-order-number", "price-designation", "is-prime"),
            *("tax-collection-model", "tax-collection-responsible-party", "ship-service-name", "address-type"),
            *("signature-confirmation-recommended", "is-buyer-requested-cancellation"),
            *("buyer-requested-cancel-reason", "shipment-status", "ship-method", "is-transparency"),
            *("payment-method", "payment-method-details"),
            *("already-paid", "payment-method-fee", "points-granted", "order-channel", "order-channel-instance"),
            *("external-order-id", "buyer-identification-type"),
        ),
    ),
)
