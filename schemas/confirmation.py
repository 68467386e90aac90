"""The Shipping Confirmation file that a seller uploads. Source of the layout: FORMATS §2."""

from schemas.columns import (
    carrier,
    country,
    date,
    item_id,
    order_id,
    personal_texts,
    positive_quantity,
    text,
    tracking_number,
    transparency_codes,
)
from schemas.kind import FileKind

# What a confirmation may say of a redirected parcel (SPEC §4, Redirect): compared, never written to a feed.
SHIP_TO_COLUMNS = ("ship-to-name", "ship-to-address-1", "ship-to-city", "ship-to-postal-code", "ship-to-country")

DELETE_TRACKING = "NULL"  # as a tracking number: Amazon deletes the one given before (FORMATS §2b)

KIND = FileKind(
    name="confirmation",
    title="Shipping Confirmation file",
    source="Amazon's Shipping Confirmation template",
    place="Orders > Upload Order Related Files > Shipping Confirmation",
    api_types=("POST_FLAT_FILE_FULFILLMENT_DATA",),
    recognized_by=(("order-id",), ("ship-date", "carrier-code"), ("tracking-number",)),
    must_lack=("purchase-date",),
    is_upload=True,
    columns=(
        order_id("order-id").as_required(),
        item_id("order-item-id"),
        positive_quantity("quantity").with_value_name("quantity_given"),
        date("ship-date").as_required(),
        carrier("carrier-code").as_required(),
        text("carrier-name", max_length=50),
        tracking_number("tracking-number"),
        text("ship-method"),
        transparency_codes("transparency_code"),
        text("ship_from_address_name"),
        text("ship_from_address_line1"),
        text("ship_from_address_line2"),
        text("ship_from_address_line3"),
        text("ship_from_address_city"),
        text("ship_from_address_county"),
        text("ship_from_address_state_or_region"),
        text("ship_from_address_postalcode"),
        country("ship_from_address_countrycode"),
        text("ship_from_supply_source_id"),
        text("cod-collection-method"),
        *personal_texts(*SHIP_TO_COLUMNS),
    ),
)

# The layout of the feed: Amazon's eight, then what a file may add (FORMATS §2a).
FEED_COLUMNS = tuple(column.name for column in KIND.columns if column.name not in SHIP_TO_COLUMNS)
REQUIRED_FEED_COLUMNS = FEED_COLUMNS[:8]
# What a line may leave out without being another confirmation.
OPTIONAL_FEED_COLUMNS = FEED_COLUMNS[7:]
# What makes two lines the same confirmation (SPEC §4, Duplicate): all of these but the ship-method.
IDENTITY_COLUMNS = FEED_COLUMNS[:7]
# By what lines of one order are compared, as rows have them: the ship-date as a day, however it is written.
COPY_COLUMNS = ("order-item-id", "quantity", "ship_date", "carrier_code", "carrier-name", "tracking-number")
