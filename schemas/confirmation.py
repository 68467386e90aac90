"""The Shipping Confirmation file that a seller uploads. Source of the layout: FORMATS §2."""

from schemas.columns import carrier, country, date, item_id, order_id, personal, text, transparency_codes, units
from schemas.kind import Kind

# What a confirmation may say of a redirected parcel (SPEC §4, Redirect): compared, never written to a feed.
SHIP_TO = ("ship-to-name", "ship-to-address-1", "ship-to-city", "ship-to-postal-code", "ship-to-country")

ERASES = "NULL"  # as a tracking number: Amazon deletes the one given before (FORMATS §2b)

KIND = Kind(
    name="confirmation",
    title="Shipping Confirmation file",
    source="FORMATS §2a, §2b",
    recognised=(("order-id",), ("ship-date", "carrier-code"), ("tracking-number",)),
    never=("purchase-date",),
    upload=True,
    columns=(
        order_id("order-id").must(),
        item_id("order-item-id"),
        units("quantity").named("quantity_given"),
        date("ship-date").must(),
        carrier("carrier-code").must(),
        text("carrier-name", longest=50),
        text("tracking-number"),
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
        *personal(*SHIP_TO),
    ),
)

# The layout of the feed: Amazon's eight, then what a file may add (FORMATS §2a).
FEED = tuple(column.name for column in KIND.columns if column.name not in SHIP_TO)
FEED_ALWAYS = FEED[:8]
# What makes two lines the same confirmation (SPEC §4, Duplicate): all of these but the ship-method.
IDENTITY = FEED[:7]
