"""The kinds of rows that rules ask about. The columns of each are declared where its rows are made.

Rows of a file have the columns of their kind (``schemas``); the others those that their stage declares (``columns``).
"""

from schemas.kinds import KINDS

MATCHED_CONFIRMATIONS = "matched_confirmations"
MATCHED_CANCELLATIONS = "matched_cancellations"
COMPARED_REPORT_ROWS = "compared_report_rows"
DATED_UNSHIPPED_ROWS = "dated_unshipped_rows"
SHARED_PARCELS = "shared_parcels"
ORDER_ITEMS = "order_items"
CONTACTED_ITEMS = "contacted_items"
CONTACTED_ITEMS_WITH_STOCK = "contacted_items_with_stock"
STOCK_LEVELS = "stock_levels"
EVALUATED_CLAIMS = "evaluated_claims"
WAITING_BUYERS = "waiting_buyers"
UNCLAIMED_RETURNS = "unclaimed_returns"

SUBJECTS = {
    **{kind.name: f"the rows of one {kind.title}" for kind in KINDS},
    MATCHED_CONFIRMATIONS: "the rows of confirmations beside the order items they stand for",
    MATCHED_CANCELLATIONS: "the rows of cancellations beside the order items they stand for",
    COMPARED_REPORT_ROWS: "the rows of order reports beside each other",
    DATED_UNSHIPPED_ROWS: "the rows of Unshipped Orders reports beside the time their report was made",
    SHARED_PARCELS: "the confirmations whose tracking number is also given for other orders",
    ORDER_ITEMS: "the order items as they are at as-of, beside what earlier runs knew",
    CONTACTED_ITEMS: "the pending or canceled order items whose buyer has written",
    CONTACTED_ITEMS_WITH_STOCK: "the same items beside the stock that all orders leave of their sku",
    STOCK_LEVELS: "the skus that are counted or ordered",
    EVALUATED_CLAIMS: "the A-to-z claims beside their orders, contacts and deadlines",
    WAITING_BUYERS: "the orders without a claim whose buyer waits for a reply",
    UNCLAIMED_RETURNS: "the returns that only a Returns report says are claimed, or that are not refunded in full",
}
