"""The Unshipped Orders report: what Amazon still waits for. Source of the layout: FORMATS §1b."""

from schemas.columns import audited, country, instant, integer, item_id, order_id, personal, private, quantity, text
from schemas.kind import Kind

KIND = Kind(
    name="unshipped",
    title="Unshipped Orders report",
    source="FORMATS §1b",
    recognised=(("quantity-to-ship",), ("reporting-date",)),
    columns=(
        order_id("order-id").must(),
        item_id("order-item-id").must(),
        instant("purchase-date").must(),
        instant("payments-date"),
        instant("reporting-date").must(),
        instant("promise-date").must(),
        integer("days-past-promise"),
        text("sku").must(),
        quantity("quantity-purchased").must(),
        quantity("quantity-shipped").must(),
        quantity("quantity-to-ship").must(),
        text("ship-service-level"),
        *personal("ship-address-1", "ship-city", "ship-postal-code", "recipient-name"),
        country("ship-country"),
        text("sales-channel"),
        *private(
            *("buyer-email", "buyer-name", "buyer-phone-number", "cpf", "ship-address-2", "ship-address-3"),
            *("ship-state", "ship-county", "gift-message-text", "buyer-company-name", "buyer-citizen-name"),
            *("buyer-citizen-id", "buyer-identification-number", "licensee-name", "license-number"),
            *("invoice-business-legal-name", "invoice-business-address", "invoice-business-tax-id"),
            *("customized-url", "customized-page"),
        ),
        *audited(
            *("product-name", "number-of-items", "ship-service-name", "address-type", "gift-wrap-type"),
            *("payment-method", "payment-method-details", "cod-collectible-amount", "already-paid"),
            *("payment-method-fee", "scheduled-delivery-start-date", "scheduled-delivery-end-date"),
            *("points-granted", "is-business-order", "purchase-order-number", "price-designation", "is-prime"),
            *("is-iba", "is-sold-by-ab", "fulfilled-by", "is-global-express", "is-premium-order"),
            *("license-state", "license-expiration-date", "is-replacement-order", "is-exchange-order"),
            *("original-order-id", "is-transparency", "default-ship-from-address-name"),
            *("default-ship-from-address-field-1", "default-ship-from-address-field-2"),
            *("default-ship-from-address-field-3", "default-ship-from-city", "default-ship-from-state"),
            *("default-ship-from-country", "default-ship-from-postal-code", "is-ispu-order"),
            *("is-pickup-point-order", "pickup-point-type", "order-invoice-type", "invoice-business-tax-office"),
            *("store-chain-store-id", "is-buyer-requested-cancellation", "buyer-requested-cancel-reason"),
            *("ioss-number", "is-shipping-settings-automation-enabled", "ssa-carrier", "ssa-ship-method"),
            *("tax-collection-model", "tax-collection-responsible-party", "verge-of-cancellation"),
            *("verge-of-lateshipment", "signature-confirmation-recommended", "buyer-identification-type"),
            *("shipment-status", "amazon-programs", "delivery-preferred-time", "drop-off-location"),
            *("pallet-delivery", "latest-ship-date", "earliest-ship-date", "latest-delivery-date"),
        ),
    ),
)
