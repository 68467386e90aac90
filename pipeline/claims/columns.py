"""The columns of claims, contacts, returns and defects as they come in, of claims as evaluated, and of who waits."""

import pyarrow as pa

from pipeline.model.columns import ColumnTable, flag, instant, made_by, money, text, whole
from pipeline.model.file_columns import LINE_COLUMNS, value_columns
from schemas import claims as schemas_claims
from schemas import contacts as schemas_contacts
from schemas import defects as schemas_defects
from schemas import returns as schemas_returns

_SUM = pa.decimal128(38, 2)
_NEW = "no earlier run knew the claim"
_NO_ITEM = "the order is in no report"
_SOURCE = made_by(
    "claims.inputs",
    whole("source", "the number of its file among the file names"),
    whole("source_line", "its line there"),
    whole("source_record", "the number of the line of data there", "no file of this run has the row"),
    flag("in_this_run", "a file of this run has the row"),
    flag("in_ledger", "the ledger has just this row already"),
)
_KEYS = made_by("ingest", whole("order_key", "the order id as a number"))
_ITEM_KEY = made_by("ingest", whole("item_key", "the order item id as a number", "no item is named"))
CONTACTS = ColumnTable("contact_inputs", (*value_columns(schemas_contacts.KIND), *_KEYS, *_SOURCE))
RETURNS = ColumnTable("return_inputs", (*value_columns(schemas_returns.KIND), *_KEYS, *_ITEM_KEY, *_SOURCE))
DEFECTS = ColumnTable("defect_inputs", (*value_columns(schemas_defects.KIND), *_KEYS, *_SOURCE))
CLAIM_INPUTS = ColumnTable(
    "claim_inputs",
    (
        *value_columns(schemas_claims.KIND),
        *_KEYS,
        *_ITEM_KEY,
        *_SOURCE,
        *made_by(
            "claims.inputs",
            text("conflicting_row", "where else this run's files have the claim otherwise, in words", "nowhere"),
            text("status_before", "its status after the last run that knew it", _NEW),
            text("counts_in_odr_before", "whether it counted in the order defect rate then", _NEW),
            text("grant_reasons_before", "the codes by which it would be granted then", "none, or a new claim"),
            instant("answer_by_before", "by when Amazon's question was to be answered", "none, or a new claim"),
            instant("appeal_by_before", "until when it could be appealed", "none, or a new claim"),
        ),
    ),
)
_NOT_FOUND = "the rule does not find it"
EVALUATED_CLAIMS = CLAIM_INPUTS.extend(
    "evaluated_claims",
    *LINE_COLUMNS,
    *made_by(
        "claims.claim_rows",
        money("refund_amount_given", "refund-amount, also of a refund after as-of", "the cell is empty"),
        text("decision_given", "decision, also one after as-of", "the cell is empty"),
        text("funded_by_given", "funded-by, also of a decision after as-of", "the cell is empty"),
        text("appeal_decision_given", "appeal-decision, also one after as-of", "the cell is empty"),
    ),
    *made_by(
        "claims.result_rows",
        text("status", "its status at as-of"),
        instant("eligible_from", "from when it could be filed", "it cannot be known"),
        text("contact_at", "when the buyer first wrote, of what counts for it", "no contact is known"),
        text("reply_at", "when the seller replied", "no reply is known"),
        instant("reply_by", "by when that was to be resolved", "no contact is known"),
        text("grant_reasons", "the codes by which it would be granted, joined by ;", "none"),
        text("dispute_grounds", "the codes by which it can be disputed, joined by ;", "none"),
        instant("answer_by", "by when Amazon's question is to be answered", "there is none"),
        instant("appeal_by", "until when it can be appealed", "it cannot"),
        text("counts_in_odr", "whether it counts in the order defect rate: yes, no, at-risk or open"),
        money("debited", "what Amazon has debited for it", "nothing"),
        money("reimbursed", "what Amazon has paid back of that", "nothing"),
        money(
            "order_total", "what the order came to, at most as far as is known", "unknown, or of another currency", _SUM
        ),
        flag("awaits_info", "Amazon waits for information about it"),
        flag("appealable", "it can be appealed now"),
        flag("appeal_expired", "it can no longer be appealed"),
        flag("appeal_undated", "it can be appealed, and nobody knows until when"),
        flag("no_tracking", "CLM-402 holds"),
        flag("no_reply", "CLM-403 holds"),
        flag("shipped_late", "CLM-404 holds"),
        flag("not_delivered", "CLM-405 holds"),
        flag("filed_early", "CLM-409 holds"),
        flag("no_contact", "CLM-410 holds"),
        flag("order_unknown", "CLM-411 holds"),
        flag("claims_above_total", "CLM-412 holds"),
        flag("no_return_offer", "CLM-414 holds"),
        flag("overcharged", "CLM-415 holds"),
        flag("refund_incomplete", "CLM-416 holds"),
        flag("refunded_before", "CLM-418 holds"),
        text("sku", "the sku of an item of its order", _NO_ITEM),
        text("ship_country", "the country its order went to", "no report gives it"),
        instant("purchase_date", "when its order was purchased", _NO_ITEM),
        text("tracking_evidence", "why there is no usable tracking number, in words", _NOT_FOUND),
        text("reply_evidence", "whose question was not answered in time, in words", _NOT_FOUND),
        text("shipping_evidence", "how it was shipped late or not at all, in words", _NOT_FOUND),
        text("delivery_evidence", "how it was delivered late or not at all, in words", _NOT_FOUND),
        text("early_evidence", "what the buyer should have waited for, in words", _NOT_FOUND),
        text("channel_words", "how the buyer had to contact the seller", _NOT_FOUND),
        text("refund_evidence", "what came back and what was refunded, in words", _NOT_FOUND),
        text("requested_at", "when Amazon asked for information", "Amazon does not wait for any"),
        text("decided_at", "when it was decided", "it cannot, or could not, be appealed"),
        text("filed_at", "when it was filed", "it cannot be disputed"),
        text("refunded_at", "when it was refunded", "not before it was filed"),
        text("contradiction", "what in the row contradicts itself, in words", "nothing"),
        text("claim_place", "file:line of the claim", "no rule finds anything"),
    ),
)
UNCLAIMED_RETURNS = RETURNS.extend(
    "unclaimed_returns",
    *LINE_COLUMNS,
    *made_by(
        "claims.unclaimed_returns",
        text("sku", "the seller's sku", "the report does not give it"),
        text("currency", "the currency of its amounts", "the report does not give it"),
        money("amount", "what is missing of the refund", "unknown, or the order is claimed", _SUM),
        text("refunded_text", "what was refunded of what was to be, in words"),
        text("return_place", "file:line of the return"),
        flag("claimed_in_report", "only the Returns report says that the order is claimed"),
        flag("refund_owed", "it came back, nobody claims it, and it is not refunded in full"),
    ),
)
WAITING_BUYERS = ColumnTable(
    "waiting_buyers",
    (
        *LINE_COLUMNS,
        *made_by(
            "claims.waiting_buyers",
            text("order_id", "the order id"),
            text("order_item_id", "always null: the buyer waits about the whole order", "always"),
            text("sku", "the sku of an item of the order", _NO_ITEM),
            text("currency", "the currency of the order", _NO_ITEM),
            whole("state", "the number of the state of that item", _NO_ITEM),
            money("amount", "what the order came to", "unknown", _SUM),
            text("action", "what is to be done: reply, refer, invite or resolve"),
            text("contact_at", "when the buyer wrote"),
            text("contact_place", "file:line of what the buyer wrote"),
            text("channel_words", "how the buyer wrote: message or return request"),
            instant("reply_by", "by when that is due at the earliest", "the policy has no value"),
            flag("overdue", "it is certainly overdue"),
            instant("overdue_after", "after when it certainly is", "the policy has no value"),
            flag("wants_return", "the buyer writes about the item, or asks for a return"),
            flag("buyer_waits", "the buyer waits for a reply, and could file a claim"),
        ),
    ),
)
