"""The columns of the rows that reconciling makes: ranked report rows, and uploads beside the items they stand for."""

from pipeline.model.columns import ColumnTable, day, flag, instant, made_by, text, whole
from pipeline.model.file_columns import LINE_COLUMNS, bucket_table
from pipeline.model.item_columns import ITEM_FIELDS, ITEM_KEYS

_NO_ITEM = "no report has an item for the row"
_NOT_REPEATED = "it was not"
_NOT_THERE = "the report does not have it"
_NO_DATE = "the promise or the report's newest reporting-date is unknown"
REPORT_ROWS = ColumnTable(
    "report_rows",
    (
        *LINE_COLUMNS,
        *ITEM_KEYS,
        *made_by(
            "ingest", text("order-id", "order-id as spelt"), text("order-item-id", "item id as spelt", _NOT_THERE)
        ),
        *made_by("engine", whole("newest_evidence_us", "the newest evidence of the file", unit="µs UTC")),
        *made_by("reconcile", *ITEM_FIELDS, optional=True),
        *made_by(
            "ingest",
            text("recipient_name", "who receives it", _NOT_THERE),
            text("ship_address_1", "the first line of the address", _NOT_THERE),
            text("ship_city", "the city of the address", _NOT_THERE),
            text("ship_postal_code", "the postal code of the address", _NOT_THERE),
            whole("days_past_promise", "whole days since the promise, as the report says", _NOT_THERE, "days"),
            whole("quantity_to_ship", "what is to be shipped, as the report says", _NOT_THERE, "units"),
            text("order_status", "the status of the order, as the report says", _NOT_THERE),
            text("item_status", "the status of the item, as the report says", _NOT_THERE),
            instant("last_updated_date", "when the order last changed", _NOT_THERE),
            optional=True,
        ),
        *made_by(
            "reconcile.report_rows",
            whole("rank", "which report counts: the smaller first"),
            whole("evidence_us", "how new what the row says is; NEVER if unknown", unit="µs UTC"),
        ),
    ),
)
COMPARED_REPORT_ROWS = REPORT_ROWS.extend(
    "compared_report_rows",
    *made_by(
        "reconcile.cross_check",
        flag("pending_elsewhere", "a newer All Orders report calls the order Pending"),
        text("disagrees_about", "what the row that counts says otherwise; empty where nothing"),
        text("disagrees_with", "file:line of the row that counts and says otherwise", "none does"),
        whole("repeats_line", "the earlier line of the same report with the same content", "there is none"),
        whole("differs_from_line", "the earlier line of the same report with other content", "there is none"),
    ),
)
DATED_UNSHIPPED_ROWS = bucket_table("unshipped").extend(
    "dated_unshipped_rows",
    *made_by(
        "reconcile.cross_check",
        whole("fewest_days", "whole days from the promise to the report's newest reporting-date", _NO_DATE, "days"),
        whole("most_days", "whole days from the promise to as-of", _NO_DATE, "days"),
    ),
)
_OPPOSING = made_by(
    "reconcile.cancellation_rows",
    text("opposing_line", "file:line of the other upload's first row about the same item", "there is none"),
)
_DECIDED = made_by(
    "reconcile.decide",
    flag("accepted", "the row goes into the feed"),
    flag("skipped", "the row is fine and needs no upload"),
)
MATCHED_CANCELLATIONS = bucket_table("cancellation").extend(
    "matched_cancellations",
    *made_by(
        "reconcile.cancellation_rows",
        flag("cancelable", "everything the row cancels is unshipped", "what it cancels cannot be read"),
        text("state_found", "the first state that is in the way; of no report where no report has the order"),
    ),
    *_OPPOSING,
    *made_by("reconcile.item_warnings", flag("unasked", "a report says that the buyer of an item has not asked")),
)
MATCHED_CONFIRMATIONS = bucket_table("confirmation").extend(
    "matched_confirmations",
    *made_by(
        "reconcile.enrich",
        flag("by_amazon", "Amazon ships the items", _NO_ITEM),
        flag("pending", "the items are pending", _NO_ITEM),
        flag("canceled", "the items are canceled", _NO_ITEM),
        flag("auto_canceled", "the items were not confirmed in time", _NO_ITEM),
        flag("not_unshipped", "nothing of the items is left to ship, or no report shows it", _NO_ITEM),
        flag("without_item_id", "the items are open, but no report gives their ids"),
        flag("unverifiable", "the order is known, but not what of the items can be shipped"),
        text("unverifiable_reason", "why it is not known"),
        flag("order_known", "a report or the ledger has the order", "the order id cannot be read"),
        flag("item_known", "a report or the ledger has the item", "no item of a known order is named"),
        day("purchase_day", "the latest day of purchase of the items", _NO_ITEM),
        day("promise_day", "the earliest day by which the items are to be shipped", _NO_ITEM),
        day("today", "the day of as-of in the marketplace"),
        instant("confirm_by", "the latest deadline of the items", _NO_ITEM),
        flag("evidence_old", "an item was last seen unshipped longer ago than it may be"),
        instant("last_seen_before", "when it was last seen", "it is not old"),
        text("check_every", "how often reports are to be read, in words", "the policy does not say"),
        text("ship_service_level", "the shipping service that the buyer chose", _NO_ITEM),
        whole("speed_ordered", "the rank of that service: the larger is the faster", "the service is not known"),
        whole("speed_shipped", "the rank of ship-method", "the method is not known"),
        flag("carrier_other", "the carrier is one that has to be named", "no carrier-code"),
        flag("tracking_fits", "the tracking number has a format of the carrier", "it cannot be known"),
        flag("tracked", "the tracking number is usable"),
        flag("delisted", "an item is open, unconfirmed and no longer in the Unshipped Orders report"),
        flag("cancel_asked", "an item is open, and its buyer asks to cancel it"),
        flag("easy_ship", "Amazon's Easy Ship picks an item up"),
    ),
    *made_by(
        "reconcile.published_parts",
        instant("already_published_at", "when the same row was published, if that is in force", _NOT_REPEATED),
        whole("already_published_run", "the number of the run that did", _NOT_REPEATED),
        whole("already_published_feed", "the part of its feed", _NOT_REPEATED),
        text("already_published_in", "run, part and what became of the part, in words", _NOT_REPEATED),
        flag("waits_for_upload", "nobody is known to have uploaded that part", _NOT_REPEATED),
        text("unless_uploaded", "what to do where it was not uploaded; a full stop where it was", _NOT_REPEATED),
    ),
    *made_by(
        "reconcile.duplicates",
        text("duplicate_of", "file:line of the first row with the same content", "there is none"),
    ),
    *made_by("reconcile.ship_to", flag("redirected", "it goes to another address, and no message asks for it")),
    *_OPPOSING,
    *made_by(
        "reconcile.repeats",
        text("excess", "what the rows of the item confirm or correct too much, in words", "it fits, or is refused"),
        instant("corrects_published_at", "when what the row corrects was published", "it corrects nothing"),
        instant("further_published_at", "when a parcel of as many units was published", "there is none"),
    ),
)
DECIDED_CONFIRMATIONS = MATCHED_CONFIRMATIONS.extend("decided_confirmations", *_DECIDED)
DECIDED_CANCELLATIONS = MATCHED_CANCELLATIONS.extend("decided_cancellations", *_DECIDED)
NEWLY_PUBLISHED = ColumnTable(
    "newly_published",
    made_by(
        "reconcile.decide",
        whole("row", "the position of the confirmation"),
        whole("item", "the position of the order item"),
        whole("units", "what is newly confirmed; 0 for a correction", unit="units"),
        whole("parcel", "the number of the parcel within the item; of a correction that of what it replaces"),
    ),
)
_NO_ADDRESS = "no report gives the order's address"
PARCELS = (
    bucket_table("confirmation")
    .select(
        "parcels",
        (
            "file",
            "line",
            "record",
            "order_id",
            "order_item_id",
            "order-id",
            "order-item-id",
            "tracking_number",
            "order_key",
        ),
    )
    .extend(
        "parcels",
        *made_by(
            "reconcile.shared_tracking",
            text("ship_address_1", "the first line of the order's address", _NO_ADDRESS),
            text("ship_city", "the city of the order's address", _NO_ADDRESS),
            text("ship_postal_code", "the postal code of the order's address", _NO_ADDRESS),
            text("ship_country", "the country of the order's address", _NO_ADDRESS),
            whole("parcel", "the tracking number as a number"),
        ),
    )
)
SHARED_PARCELS = PARCELS.extend(
    "shared_parcels",
    *made_by("reconcile.shared_tracking", whole("destinations", "to how many destinations the parcel goes, above 1")),
)
