"""The Unshipped Orders report: what Amazon still waits for. Source of the layout: FORMATS §§1b, 6."""

from dataclasses import replace

from schemas.columns import (
    audit_columns,
    audit_texts,
    country,
    instant,
    integer,
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
    name="unshipped",
    title="Unshipped Orders report",
    source="Amazon's Unshipped Orders report",
    recognized_by=(("quantity-to-ship",), ("reporting-date",)),
    always_filled=(
        *("purchase-date", "payments-date", "reporting-date", "promise-date", "days-past-promise"),
        *("quantity-purchased", "quantity-shipped", "quantity-to-ship", "ship-country"),
    ),
    free_texts=("gift-message-text", "delivery-instructions"),
    columns=(
        order_id("order-id").as_required(),
        item_id("order-item-id").as_required(),
        instant("purchase-date").as_required(),
        instant("payments-date"),
        instant("reporting-date").as_required(),
        instant("promise-date").as_required(),
        integer("days-past-promise"),
        text("sku").as_required(),
        quantity("quantity-purchased").as_required(),
        quantity("quantity-shipped").as_required(),
        quantity("quantity-to-ship").as_required(),
        text("ship-service-level"),
        *personal_texts("ship-address-1", "ship-city", "ship-postal-code", "recipient-name"),
        country("ship-country"),
        text("sales-channel"),
        instant("latest-delivery-date"),
        *personal_audit_texts(
            *("buyer-email", "buyer-name", "buyer-phone-number", "cpf", "ship-address-2", "ship-address-3"),
            *("ship-state", "ship-county", "gift-message-text", "buyer-company-name", "buyer-citizen-name"),
            *("buyer-citizen-id", "buyer-identification-number", "licensee-name", "license-number"),
            *("invoice-business-legal-name", "invoice-business-address", "invoice-business-tax-id"),
            *("customized-url", "customized-page", "drop-off-location"),
        ),
        *audit_columns(
            true_false, "is-business-order", "is-iba", "is-sold-by-ab", "verge-of-cancellation", "verge-of-lateshipment"
        ),
        *audit_columns(instant, "latest-ship-date", "earliest-ship-date"),
        *audit_columns(money, "cod-collectible-amount"),
        replace(text("amazon_programs").with_value_name("amazon_programs_underscored"), audit_only=True),
        *audit_texts(
            *("product-name", "number-of-items", "ship-service-name", "address-type", "gift-wrap-type"),
            *("payment-method", "payment-method-details", "already-paid"),
            *("payment-method-fee", "scheduled-delivery-start-date", "scheduled-delivery-end-date"),
            *("points-granted", "purchase-order-number", "price-designation", "is-prime"),
            *("fulfilled-by", "is-global-express", "is-premium-order"),
            *("license-state", "license-expiration-date", "is-replacement-order", "is-exchange-order"),
            *("original-order-id", "is-transparency", "default-ship-from-address-name"),
            *("default-ship-from-address-field-1", "default-ship-from-address-field-2"),
            *("default-ship-from-address-field-3", "default-ship-from-city", "default-ship-from-state"),
            *("default-ship-from-country", "default-ship-from-postal-code", "is-ispu-order"),
            *("is-pickup-point-order", "pickup-point-type", "order-invoice-type", "invoice-business-tax-office"),
            *("store-chain-store-id", "is-buyer-requested-cancellation", "buyer-requested-cancel-reason"),
            *("ioss-number", "is-shipping-settings-automation-enabled", "ssa-carrier", "ssa-ship-method"),
            *("tax-collection-model", "tax-collection-responsible-party"),
            *("signature-confirmation-recommended", "buyer-identification-type"),
            *("shipment-status", "amazon-programs", "delivery-preferred-time"),
            *("pallet-delivery", "handling-time", "effective-handling-time", "handling-time-source"),
        ),
    ),
)
