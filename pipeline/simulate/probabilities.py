"""How often things happen to made-up orders, as shares and in days: believable, and nowhere measured."""

LATE_VERIFIED = 0.05  # released days after the hold is over
ORDER_OUTCOME_SHARES = {  # what becomes of an order
    "shipped": 0.886,
    "other-channel": 0.004,  # an S01 order
    "by-amazon": 0.05,
    "canceled-in-hold": 0.015,
    "unpaid": 0.005,  # canceled while pending
    "vanished": 0.012,  # canceled unshipped, without notice
    "called-off": 0.012,  # canceled by the seller
    "forgotten": 0.016,  # never confirmed
}
CONFIRMATION_OUTCOME_SHARES = {  # what becomes of a confirmation
    "plain": 0.92,
    "refused": 0.015,
    "warned": 0.02,
    "repeated": 0.02,
    "corrected": 0.025,
}
CONFIRMATION_DELAY_SHARES = (0.45, 0.39, 0.09, 0.03, 0.02, 0.01, 0.01)  # nights from the release to the confirmation
SERVICE_SHARES = {"Standard": 0.9, "Expedited": 0.08, "NextDay": 0.02}
HANDLING_DAYS = (2, 1, 1)  # days from release to promise, by service
SHIP_METHODS = (("", "Standard", "Ground"), ("", "Expedited"), ("", "Next Day"))
ITEM_COUNT_SHARES = (0.9, 0.07, 0.03)  # one, two or three items an order
UNIT_COUNT_SHARES = (0.8, 0.1, 0.05, 0.03, 0.02)  # of an item
SPLIT_SHIPMENT = 0.3  # of the items of several units
SPLIT_NIGHTS = 4  # within which the second parcel follows
ITEM_CANCELED = 0.05  # of the orders of several items: their last is canceled, the others ship
WHOLE_ORDER_LINE = 0.3  # confirmed by one line for the order
BLANK_QUANTITY = 0.1  # of the lines for an item, where all of it is shipped
REDIRECTED = 0.02
CANCEL_ASKED = 0.01  # of the orders shipped: their buyer asks to cancel before they are
CANCEL_ASKED_BEFORE = 0.7  # of the orders canceled by the seller because the buyer wants it: the buyer has asked for it
EASY_SHIP = 0.2  # of the orders shipped, where the store has it
CONFIRMED_NEEDLESSLY = 0.15  # of these: confirmed by the seller as well
MISSING = 0.01  # of the orders shipped: not in the Unshipped Orders report when they are confirmed
NIGHTS_MISSING = 2  # for one night or two
CANCELLATION_SHOWN_LATE = 0.3  # of the vanished orders: All Orders has them canceled a night after they are gone
CANCELED_ITEM_STATUS_BLANK = 0.4  # of the canceled orders: no item-status in All Orders
SAME_SKU = 0.2  # of the orders of several items: all are of one sku
PROMOTION = 0.06  # of the items: sold at a discount
PROMOTION_DETAIL = 0.4  # of these: a second promotion, on a line of its own
DISCOUNT_PERCENT = 10  # of each promotion
PLAIN_DATE = 0.1  # of the entries in the contact log: the day only
FEED_REFUSED = 0.6  # of the nights on which a feed may be: one in five
PENDING_MESSAGE = 0.1  # of the orders verified late: their buyer writes meanwhile
BUYER_MESSAGE = 0.04  # of the orders shipped: their buyer writes afterwards
REPLIED = 0.95
RETURNED = 0.04
CLAIMED = 0.006
DEFECT = 0.002  # of the orders delivered: negative feedback or a chargeback
PARCEL_LOST = 0.4  # of the claims: the parcel never arrived
DELIVERY_DAYS = 4
RETURN_DAYS = 20
UNUSUAL_ITEM_ID = 0.05  # of the damaged orders: an item id of unusual length, in all files
SKU_COUNT = 400
GZIPPED_ONE_IN = 9  # one report in so many comes gzipped
