"""Real layouts are known in full: their headers, as real files have them, get no FIL-003."""

import pytest

from schemas.kinds import KINDS

UNSHIPPED_41 = """
order-id order-item-id purchase-date payments-date reporting-date promise-date days-past-promise buyer-email buyer-name
cpf buyer-phone-number sku number-of-items product-name quantity-purchased quantity-shipped quantity-to-ship
ship-service-level ship-service-name recipient-name ship-address-1 ship-address-2 ship-address-3 ship-city ship-state
ship-postal-code ship-country sales-channel customized-url customized-page is-business-order purchase-order-number
price-designation is-prime is-buyer-requested-cancellation buyer-requested-cancel-reason verge-of-cancellation
verge-of-lateShipment signature-confirmation-recommended buyer-identification-number buyer-identification-type
"""
ALL_ORDERS_57 = """
amazon-order-id merchant-order-id purchase-date last-updated-date order-status fulfillment-channel sales-channel
order-channel ship-service-level product-name sku asin item-status quantity currency item-price item-tax shipping-price
shipping-tax gift-wrap-price gift-wrap-tax item-promotion-discount ship-promotion-discount ship-city ship-state
ship-postal-code ship-country promotion-ids cpf is-business-order purchase-order-number price-designation
signature-confirmation-recommended order-item-id payment-method-details item-extensions-data
buyer-tax-registration-country buyer-tax-registration-type is-heavy-or-bulky is-replacement-order is-exchange-order
original-order-id is-amazon-invoiced vat-exclusive-item-price vat-exclusive-shipping-price
vat-exclusive-giftwrap-price is-transparency license-state license-expiration-date is-buyer-requested-cancellation
buyer-requested-cancel-reason ioss-number order-invoice-type fulfilled-by buyer-company-name is-iba number-of-items
"""
ORDERS_IN = """
order-id order-item-id purchase-date payments-date buyer-email buyer-name buyer-phone-number sku product-name
quantity-purchased currency item-price item-tax shipping-price shipping-tax ship-service-level recipient-name
ship-address-1 ship-address-2 ship-address-3 ship-city ship-state ship-postal-code ship-country ship-phone-number
item-promotion-discount item-promotion-id ship-promotion-discount ship-promotion-id delivery-start-date
delivery-end-date delivery-time-zone delivery-Instructions sales-channel order-channel order-channel-instance
external-order-id is-business-order purchase-order-number price-designation buyer-company-name
signature-confirmation-recommended buyer-identification-number buyer-identification-type
"""
UNSHIPPED_NEW = f"{UNSHIPPED_41} amazon_programs handling-time effective-handling-time handling-time-source"
RETURNS_34 = """
Order ID|Order date|Return request date|Return request status|Amazon RMA ID|Seller RMA ID|Label type|Label cost
Currency code|Return carrier|Tracking ID|Label to be paid by|A-to-z claim|Is prime|ASIN|Merchant SKU|Item Name
Return quantity|Return Reason|In policy|Return type|Resolution|Invoice number|Return delivery date|Order Amount
Order quantity|SafeT Action reason|SafeT claim id|SafeT claim state|SafeT claim creation time
SafeT claim reimbursement amount|Refunded Amount|Category|Order Item ID
"""
LAYOUTS = {
    "unshipped": [UNSHIPPED_41.split(), UNSHIPPED_41.replace("buyer-name", "").split(), UNSHIPPED_NEW.split()],
    "all-orders": [ALL_ORDERS_57.split()],
    "orders": [ORDERS_IN.split()],
    "returns": [RETURNS_34.replace("\n", "|").strip("|").split("|")],
    "defects": [["defect-id", "order-id", "defect-type", "defect-date", "removed-date"]],
    "contacts": [["contact-id", "order-id", "sent-date", "direction", "channel", "topic", "resolved-date"]],
}


@pytest.mark.parametrize(("kind", "names"), [(kind, names) for kind, layouts in LAYOUTS.items() for names in layouts])
def test_every_column_of_a_real_layout_is_known(kind, names):
    header = [name.lower() for name in names]
    found = next(one for one in KINDS if one.matches_header(header))
    assert found.name == kind
    assert [name for name in header if found.find_column(name) is None] == []
    assert set(found.required_columns()) <= set(header)


def test_the_layouts_have_as_many_columns_as_they_are_called_by():
    assert [len(text.split()) for text in (UNSHIPPED_41, ALL_ORDERS_57)] == [41, 57]
    assert len(LAYOUTS["returns"][0]) == 34
