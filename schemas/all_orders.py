"""The All Orders report: every order and its status, for tracking only. Source of the layout: FORMATS §§1d, 6."""

from schemas.columns import (
    any_order_id,
    audit_columns,
    audit_texts,
    country,
    currency,
    instant,
    item_id,
    money,
    personal_audit_texts,
    quantity,
    text,
    true_false,
)
from schemas.kind import FileKind

KIND = FileKind(
    name="all-orders",
    title="All Orders report",
    source="Amazon's All Orders report",
    recognized_by=(("amazon-order-id",), ("order-status",), ("last-updated-date",)),
    always_filled=("purchase-date", "last-updated-date", "quantity"),
    columns=(
        any_order_id("amazon-order-id").as_required().with_value_name("order_id"),
        item_id("order-item-id"),
        instant("purchase-date").as_required(),
        instant("last-updated-date").as_required(),
        text("order-status").as_required(),
        text("item-status").as_required_column(),
        text("fulfillment-channel"),
        text("sales-channel"),
        text("ship-service-level"),
        text("sku").as_required(),
        quantity("quantity").as_required().with_value_name("quantity_purchased"),
        currency("currency"),
        money("item-price"),
        money("shipping-price"),
        country("ship-country"),
        *personal_audit_texts(
            "ship-city", "ship-state", "ship-postal-code", "cpf", "merchant-order-id", "buyer-company-name"
        ),
        text("fulfilled-by"),
        true_false("is-buyer-requested-cancellation"),
        *audit_columns(true_false, "is-business-order", "is-iba"),
        *audit_columns(money, "item-tax", "shipping-tax", "gift-wrap-price", "gift-wrap-tax"),
        *audit_columns(money, "item-promotion-discount", "ship-promotion-discount"),
        *audit_texts(
            *("order-channel", "url", "product-name", "asin", "number-of-items"),
            *("promotion-ids", "purchase-order-number", "price-designation", "address-type"),
            *("signature-confirmation-recommended", "tax-collection-model", "tax-collection-responsible-party"),
            *("is-replacement-order", "original-order-id", "vat-exclusive-item-price"),
            *("is-transparency", "payment-method-details", "item-extensions-data", "buyer-tax-registration-country"),
            *("buyer-tax-registration-type", "is-heavy-or-bulky", "is-exchange-order", "is-amazon-invoiced"),
            *("vat-exclusive-shipping-price", "vat-exclusive-giftwrap-price", "license-state"),
            *("license-expiration-date", "buyer-requested-cancel-reason"),
            *("ioss-number", "order-invoice-type"),
        ),
    ),
)
