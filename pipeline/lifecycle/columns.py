"""The columns of the order items as they pass through the stage, and of the skus that are counted or ordered."""

from pipeline.model.columns import flag, instant, made_by, text, whole
from pipeline.model.file_columns import LINE_COLUMNS, bucket_table
from pipeline.model.item_columns import REPORTED_ITEMS

_NEW = "no earlier run knew the item"
CARRIED_ITEMS = REPORTED_ITEMS.extend(
    "carried_items",
    *made_by(
        "reconcile",
        instant("payments_date", "when Amazon verified the payment", "no report has it"),
        instant("reporting_date", "when the Unshipped Orders report first listed it", "no report has it"),
        optional=True,  # the ledger does not keep them
    ),
    *made_by(
        "lifecycle.carry_forward",
        flag("in_this_run", "a report of this run has it"),
        flag("called_off", "the seller has canceled it"),
        flag("seller_canceled", "the seller has canceled it for a reason other than the buyer's wish"),
        whole("quantity_confirmed", "how much we have confirmed, as far as it is in force", unit="units"),
        whole(
            "shipped_before_us", "what the reports called shipped when we first confirmed it", "we never have", "units"
        ),
        text("state_before", "its state after the last run that knew it", _NEW),
        text("status_before", "its status then", _NEW),
        whole("purchased_before", "the quantity purchased then", _NEW, "units"),
        whole("confirmed_before", "the quantity confirmed then", _NEW, "units"),
        flag("delisted_before", "a report lacked it then", "unknown then"),
        instant("estimate_before", "its delivery estimate then", "unknown then"),
        instant("latest_delivery_before", "the latest delivery date then", "unknown then"),
        instant("last_seen_before", "when a report last had it", _NEW),
        instant("first_seen", "when a report first had it", _NEW),
        instant("confirmed_at", "when its first confirmation was published", "none was"),
        flag("tracked", "its last confirmation has a usable tracking number", "none was published"),
        instant("pending_at", "the newest evidence that its order is pending", "no report says so"),
        instant("not_pending_at", "the newest evidence that it is not", "no report says so"),
        instant("unshipped_at", "the newest reporting-date of the last Unshipped Orders report that lists it", "none"),
        flag("delisted", "an Unshipped Orders report should list it and does not", "unknown"),
        instant("canceled_at", "when Amazon or the buyer canceled it, by All Orders", "no report says so"),
        instant("called_off_at", "when the seller last canceled it", "unknown, or never"),
        flag("not_arrived", "Amazon still wants shipped what we confirmed, and has not answered", "unknown"),
        whole("unaccepted", "what we confirmed after it was canceled, and Amazon has not accepted", "unknown", "units"),
    ),
    *made_by(
        "ledger",
        text("source_file", "the file that last had it", "no report has it"),
        whole("source_line", "the line that last had it", "no report has it"),
        optional=True,  # only of items that no report of this run has
    ),
)
ITEMS_WITH_STATE = CARRIED_ITEMS.extend(
    "items_with_state",
    *made_by(
        "lifecycle.state",
        whole("state", "the number of its state among STATE_NAMES"),
        whole("shipped", "how much is shipped, by the reports and by us", "quantity_purchased is unknown", "units"),
        whole("remaining", "how much is left to ship; 0 of what is canceled", "quantity_purchased is unknown", "units"),
        instant(
            "confirm_by", "when Amazon cancels what is not confirmed", "no purchase date, or the policy has no value"
        ),
    ),
)
ITEMS_AFTER_UPLOADS = ITEMS_WITH_STATE.extend(
    "items_after_uploads",
    *LINE_COLUMNS,
    *made_by(
        "lifecycle.delivery_estimate",
        instant("delivery_estimate", "when it is to be delivered at the latest", "no report gives an estimate"),
        flag("estimate_renewed", "a report of this run gives another estimate"),
        whole("moved_days", "by how much the estimate is moved, because the order was released late", unit="days"),
    ),
)
ORDER_ITEMS = ITEMS_AFTER_UPLOADS.extend(
    "order_items",
    *made_by(
        "lifecycle.changes",
        flag("confirm_by_near", "it is open, and Amazon warns of its deadline"),
        flag("newly_auto_canceled", "it was not confirmed in time, which is new"),
        flag("pending_long", "it is pending for longer than Amazon's check lasts"),
        flag("promise_passed", "it is open after its promise"),
        flag("delisted_unconfirmed", "it is listed no longer, and nothing was confirmed"),
        flag("confirmed_against_wish", "this run confirms it, and its buyer asks to cancel it"),
        flag("not_carried_out", "we canceled it, and a later report still wants it shipped"),
        flag("unconfirmed_in_report", "we confirmed it, without an answer, and a later report still wants all of it"),
        text("on_verge", "of what Amazon's report warns", "of nothing"),
        flag("newly_canceled", "it is canceled, not by us, which is new"),
        text("impossible_change", "what cannot have happened since the last run, in words", "all is well"),
        instant("cancel_from", "when Amazon may cancel it by its marketplace", "closed, not due yet, or no rule known"),
        flag("estimate_moved", "the delivery estimate has moved, which is new"),
        instant("released_at", "when Amazon released it to the seller", "unknown"),
    ),
)
CONTACTED_ITEMS = ORDER_ITEMS.extend(
    "contacted_items",
    *made_by("lifecycle.stock", flag("contacted_while_pending", "its buyer has written, and it is pending")),
)
CONTACTED_ITEMS_WITH_STOCK = ORDER_ITEMS.select(
    "contacted_items_with_stock", ("order_id", "order_item_id", "file", "line", "record", "state", "sku")
).extend(
    "contacted_items_with_stock",
    *made_by(
        "lifecycle.stock",
        flag("contacted_after_cancel", "its buyer has written, it is canceled, and some of its sku is left"),
        whole("stock_left", "how much of its sku is left", unit="units"),
    ),
)
_UNCOUNTED = "the sku is not counted"
STOCK_LEVELS = bucket_table("stock").extend(
    "stock_levels",
    *made_by(
        "lifecycle.stock",
        whole("report_made_us", "the newest reporting-date of the file", _UNCOUNTED, "µs UTC"),
        whole("newest_evidence_us", "the newest evidence of the file", _UNCOUNTED, "µs UTC"),
        flag("valid", "no error was found in the row", _UNCOUNTED),
        flag("out_of_scope", "the row is not the seller's", _UNCOUNTED),
        whole("units_ordered", "how much was ordered since the count", _UNCOUNTED, "units"),
        whole("available", "what of the count is left", _UNCOUNTED, "units"),
        instant("first_open_promise", "the first promise of what is open", "uncounted, or nothing is open"),
        instant("out_of_stock_since", "when it was canceled for lack of stock", "not since it was counted"),
        text("stock_text", "what is counted and ordered, or that it was canceled, in words", _UNCOUNTED),
        flag("uncounted", "the sku is ordered, and not counted"),
    ),
)
