"""The seller's uploads against the order items: which rows are refused and why, and what the others change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings as model_findings
from pipeline.model.columns import verified
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.model.run_context import RunContext
from pipeline.model.upload_decisions import UploadDecisions
from pipeline.policy import Policy
from pipeline.reconcile import (
    cancellation_rows,
    columns,
    duplicates,
    enrich,
    item_warnings,
    quantities,
    shared_tracking,
    ship_to,
)
from pipeline.reconcile.match import RowItemPairs
from pipeline.rules import cancellations as rules_cancellations
from pipeline.rules import shipment_items, shipment_parcels, shipment_warnings
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import MATCHED_CANCELLATIONS, MATCHED_CONFIRMATIONS
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from schemas.cancellation import BUYER_CANCELED
from schemas.confirmation import SHIP_TO_COLUMNS
from schemas.kinds import REPORT_KINDS

_REPORT_SHIP_TO = ("recipient_name", "ship_address_1", "ship_city", "ship_postal_code", "ship_country")
_SHIP_TO_COLUMNS = {
    ours.replace("-", "_"): theirs for ours, theirs in zip(SHIP_TO_COLUMNS, _REPORT_SHIP_TO, strict=True)
}
_STATE_FACTS = ("pending", "canceled", "auto_canceled", "not_unshipped")
_UNSHIPPED_FACTS = ("not_unshipped", "evidence_old")  # asks that it still be unshipped, which a correction need not be
_QUANTITY_RULES = (shipment_items.more_than_remains,)  # asked of the rows that have no other error
_RULE_MODULES = (shipment_items, shipment_parcels, shipment_warnings, rules_cancellations)


class DecisionInputs(NamedTuple):
    """What the rows of the uploads are held against."""

    rows: dict[str, pd.DataFrame]  # of every kind of file, those that are not valid among them
    items: pd.DataFrame
    reports: RankedReportRows
    delisted: Array  # items that a complete report no longer lists
    contacts: pd.DataFrame
    published_before: pd.DataFrame  # by earlier runs
    file_names: Sequence[str]
    context: RunContext

    @property
    def ship_to_lookup(self) -> ship_to.ShipToLookup:
        """Where the reports say that the orders go."""
        return ship_to.ShipToLookup(self.reports, arrow.to_int64(self.items["report_group"]))


def decide_uploads(inputs: DecisionInputs) -> UploadDecisions:
    """What becomes of every row of the uploads; no row counts that pass one did not believe."""
    confirmation_side, cancellation_side = _enrich_sides(inputs)
    rule_findings = _evaluate_sides(confirmation_side.rows, cancellation_side.rows, inputs.context.policy)
    is_accepted = confirmation_side.without_error(rule_findings)
    rows, units = quantities.add_asked_units(
        confirmation_side.rows, inputs.items, confirmation_side.pairs, is_accepted & confirmation_side.is_new
    )
    excess_findings = evaluate_rules(list(_QUANTITY_RULES), rows, inputs.context.policy)
    new_pairs = confirmation_side.pairs.filter(
        (is_accepted & confirmation_side.is_new)[confirmation_side.pairs.row_index]
    )
    is_accepted &= ~model_findings.has_error(rows, excess_findings)
    is_kept = is_accepted[new_pairs.row_index]
    correction_pairs = confirmation_side.applies_to.filter(
        (is_accepted & confirmation_side.is_correction)[confirmation_side.applies_to.row_index]
    )
    newly_published = _list_published(new_pairs.filter(is_kept), units[is_kept], correction_pairs)
    cancellation_accepted = cancellation_side.without_error(rule_findings)
    by_buyer = arrow.equals_text(arrow.to_arrow(cancellation_side.rows["cancellation-reason-code"]), BUYER_CANCELED)
    canceled_items, seller_canceled_items = (
        _mark_items(cancellation_side.pairs, is_canceling, len(inputs.items))
        for is_canceling in (cancellation_accepted, cancellation_accepted & ~by_buyer)
    )
    is_repeat = arrow.is_valid(rows["already_published_at"])
    return UploadDecisions(
        confirmations=verified(
            _add_decision(rows, is_accepted & ~is_repeat, is_accepted & is_repeat), columns.DECIDED_CONFIRMATIONS
        ),
        cancellations=verified(
            _add_decision(cancellation_side.rows, cancellation_accepted), columns.DECIDED_CANCELLATIONS
        ),
        findings=model_findings.concat_findings([rule_findings, excess_findings]),
        newly_published=verified(newly_published, columns.NEWLY_PUBLISHED),
        canceled_items=canceled_items,
        seller_canceled_items=seller_canceled_items,
        parcels=verified(confirmation_side.parcels, columns.PARCELS),
    )


def _add_decision(rows: pd.DataFrame, accepted: Array, skipped: Array | None = None) -> pd.DataFrame:
    no_rows = np.zeros(len(rows), bool)
    return rows.assign(
        accepted=arrow.to_series(accepted), skipped=arrow.to_series(no_rows if skipped is None else skipped)
    )


def _enrich_sides(inputs: DecisionInputs) -> tuple[_UploadSide, _UploadSide]:
    """Both kinds of upload with every fact a rule asks about, each beside the rows of the other that oppose it."""
    sides = _enrich_confirmations(inputs), _enrich_cancellations(inputs)
    for upload_side, other_side in (sides, sides[::-1]):
        upload_side.rows["opposing_line"] = cancellation_rows.find_opposing_rows(
            upload_side.rows, upload_side.applies_to, other_side.rows, other_side.applies_to, inputs.file_names
        )
    return sides


def _evaluate_sides(confirmations: pd.DataFrame, canceling: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """What the rules find that ask each row by itself."""
    confirmation_rules, cancellation_rules = (
        [rule for module in _RULE_MODULES for rule in rules_about(module, subject) if rule not in _QUANTITY_RULES]
        for subject in (MATCHED_CONFIRMATIONS, MATCHED_CANCELLATIONS)
    )
    return model_findings.concat_findings(
        [
            evaluate_rules(confirmation_rules, confirmations, policy),
            evaluate_rules(cancellation_rules, canceling, policy),
        ]
    )


def _list_published(new_pairs: RowItemPairs, units: Array, correction_pairs: RowItemPairs) -> pd.DataFrame:
    """What is published of each item: row, item and units, int64; a correction ships no further units."""
    pairs = (new_pairs, correction_pairs)
    columns = {
        "row": np.concatenate([side.row_index for side in pairs]),
        "item": np.concatenate([side.item_index for side in pairs]),
        "units": np.concatenate([units, np.zeros(len(correction_pairs.row_index), np.int64)]),
    }
    return arrow.to_frame(pa.table(columns))


def _mark_items(pairs: RowItemPairs, of_rows: Array, item_count: int) -> Array:
    """Which items the marked rows stand for, bool."""
    return np.isin(np.arange(item_count), pairs.item_index[of_rows[pairs.row_index]])


class _UploadSide(NamedTuple):
    """The rows of one kind of upload with every fact a rule asks about, and the items they stand for.

    ``pairs`` are those that can be confirmed, ``applies_to`` what each row means: these, or where there are none all
    its items. ``is_new`` are the rows that say something no earlier run has published, ``is_correction`` those that
    change what one has.
    """

    rows: pd.DataFrame
    pairs: RowItemPairs
    applies_to: RowItemPairs
    is_new: Array
    is_correction: Array
    parcels: pd.DataFrame

    def without_error(self, found_errors: pd.DataFrame) -> Array:
        """Which rows pass one believes and none of the findings refuses, bool."""
        return arrow.to_bool(self.rows["valid"]) & ~model_findings.has_error(self.rows, found_errors)


def _enrich_confirmations(inputs: DecisionInputs) -> _UploadSide:
    ship_to_lookup, quarantined = inputs.ship_to_lookup, enrich.collect_quarantined(inputs.rows, REPORT_KINDS)
    rows, pairs, confirmable = enrich.enrich_confirmations(
        inputs.rows["confirmation"], inputs.items, inputs.delisted, quarantined, inputs.context
    )
    rows = duplicates.mark_repeats(rows, inputs.published_before)
    is_repeat, is_correction = (
        arrow.is_valid(rows["already_published_at"]),
        arrow.is_valid(rows["corrects_published_at"]),
    )
    may_repeat = duplicates.may_repeat(rows, pairs, inputs.items, inputs.published_before)
    for name, is_excused in (
        *((name, is_repeat | may_repeat) for name in _STATE_FACTS),
        *((name, is_repeat | is_correction | may_repeat) for name in _UNSHIPPED_FACTS),
    ):
        rows[name] = arrow.to_series(arrow.to_bool(rows[name]) & ~is_excused)
    rows["duplicate_of"] = duplicates.find_copies(rows, arrow.to_bool(rows["unreadable"]), inputs.file_names)
    rows["redirected"] = ship_to.find_redirected(
        rows, ship_to_lookup, pairs, _address_requests(inputs), _SHIP_TO_COLUMNS
    )
    applies_to = pairs.filter(confirmable | ~pairs.any_by_row(confirmable)[pairs.row_index])
    return _UploadSide(
        rows,
        pairs.filter(confirmable),
        applies_to,
        ~is_repeat & ~is_correction,
        is_correction,
        shared_tracking.collect_parcels(rows, ship_to_lookup, pairs),
    )


def _enrich_cancellations(inputs: DecisionInputs) -> _UploadSide:
    rows, pairs = cancellation_rows.check_cancelable(inputs.rows["cancellation"], inputs.items)
    rows = rows.assign(unasked=item_warnings.find_unasked(inputs.items, pairs))
    return _UploadSide(rows, pairs, pairs, np.ones(len(rows), bool), np.zeros(len(rows), bool), rows.head(0))


def _address_requests(inputs: DecisionInputs) -> Array:
    """The orders whose buyer, or Amazon for them, has asked for another address before as-of (order keys)."""
    contacts = inputs.contacts
    by_buyer_or_amazon = pc.is_in(arrow.to_arrow(contacts["direction"]), value_set=pa.array(["buyer", "amazon"]))
    asks_address = (
        arrow.equals_text(arrow.to_arrow(contacts["topic"]), "address")
        & pc.fill_null(by_buyer_or_amazon, False).to_numpy()
    )
    is_before = arrow.to_int64(contacts["sent_date"]) != dtypes.instant_to_us(inputs.context.as_of)
    return arrow.to_int64(contacts["order_key"])[asks_address & is_before]
