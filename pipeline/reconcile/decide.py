"""The seller's uploads against the order items: which rows are refused and why, and what the others change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

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
    shared_tracking,
    ship_to,
)
from pipeline.reconcile.match import RowItemPairs
from pipeline.reconcile.repeats import Repeats, compare_with_published
from pipeline.rules import cancellations as rules_cancellations
from pipeline.rules import shipment_items, shipment_parcels, shipment_warnings
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import MATCHED_CANCELLATIONS, MATCHED_CONFIRMATIONS
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas.cancellation import BUYER_CANCELED, NO_INVENTORY
from schemas.confirmation import SHIP_TO_COLUMNS
from schemas.kinds import REPORT_KINDS

_REPORT_SHIP_TO = ("recipient_name", "ship_address_1", "ship_city", "ship_postal_code", "ship_country")
_SHIP_TO_COLUMNS = {
    heading.replace("-", "_"): report_name
    for heading, report_name in zip(SHIP_TO_COLUMNS, _REPORT_SHIP_TO, strict=True)
}
_STATE_FACTS = ("pending", "canceled", "auto_canceled", "not_unshipped")
_QUANTITY_RULES = (  # asked last: what adds up are the rows that have no other error
    shipment_items.more_than_remains,
    shipment_items.correction,
    shipment_items.further_parcel,
)
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
    confirmation_side, cancellation_side, repeats = _enrich_sides(inputs)
    rule_findings = _evaluate_sides(confirmation_side.rows, cancellation_side.rows, inputs.context.policy)
    is_accepted = confirmation_side.without_error(rule_findings)
    rows, parcel = repeats.add_quantities(confirmation_side.rows, inputs.items, is_accepted)
    excess_findings = evaluate_rules(list(_QUANTITY_RULES), rows, inputs.context.policy)
    is_accepted &= ~model_findings.has_error(rows, excess_findings)
    newly_published = repeats.list_published(is_accepted, parcel)
    cancellation_accepted = cancellation_side.without_error(rule_findings)
    canceled_items, seller_canceled_items, no_stock_items = _mark_canceled(
        cancellation_side, cancellation_accepted, len(inputs.items)
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
        no_stock_items=no_stock_items,
        parcels=verified(confirmation_side.parcels, columns.PARCELS),
    )


def _add_decision(rows: pd.DataFrame, accepted: Array, skipped: Array | None = None) -> pd.DataFrame:
    no_rows = np.zeros(len(rows), bool)
    return rows.assign(
        accepted=arrow.to_series(accepted), skipped=arrow.to_series(no_rows if skipped is None else skipped)
    )


def _enrich_sides(inputs: DecisionInputs) -> tuple[_UploadSide, _UploadSide, Repeats]:
    """Both kinds of upload with every fact a rule asks about, each beside the rows of the other that oppose it."""
    confirmation_side, repeats = _enrich_confirmations(inputs)
    sides = confirmation_side, _enrich_cancellations(inputs)
    for upload_side, other_side in (sides, sides[::-1]):
        upload_side.rows["opposing_line"] = cancellation_rows.find_opposing_rows(
            upload_side.rows, upload_side.applies_to, other_side.rows, other_side.applies_to, inputs.file_names
        )
    return *sides, repeats


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


def _mark_canceled(side: _UploadSide, is_accepted: Array, item_count: int) -> tuple[Array, Array, Array]:
    """Which items are canceled, which of them not at the buyer's wish, and which of them for lack of stock, bool."""
    reason = arrow.to_arrow(side.rows["cancellation-reason-code"])
    by_buyer, no_stock = (arrow.equals_text(reason, code) for code in (BUYER_CANCELED, NO_INVENTORY))
    all_items, seller_items, no_stock_items = (
        _mark_items(side.applies_to, is_canceling, item_count)
        for is_canceling in (is_accepted, is_accepted & ~by_buyer, is_accepted & no_stock)
    )
    return all_items, seller_items, no_stock_items


def _mark_items(pairs: RowItemPairs, of_rows: Array, item_count: int) -> Array:
    """Which items the marked rows stand for, bool."""
    return np.isin(np.arange(item_count), pairs.item_index[of_rows[pairs.row_index]])


class _UploadSide(NamedTuple):
    """The rows of one kind of upload with every fact a rule asks about, and the items they stand for.

    ``applies_to`` is what each row means: the items that can be confirmed, or where there are none all of its items.
    """

    rows: pd.DataFrame
    applies_to: RowItemPairs
    parcels: pd.DataFrame

    def without_error(self, found_errors: pd.DataFrame) -> Array:
        """Which rows pass one believes and none of the findings refuses, bool."""
        return arrow.to_bool(self.rows["valid"]) & ~model_findings.has_error(self.rows, found_errors)


def _enrich_confirmations(inputs: DecisionInputs) -> tuple[_UploadSide, Repeats]:
    ship_to_lookup, quarantined = inputs.ship_to_lookup, enrich.collect_quarantined(inputs.rows, REPORT_KINDS)
    rows, pairs, confirmable = enrich.enrich_confirmations(
        inputs.rows["confirmation"], inputs.items, inputs.delisted, quarantined, inputs.context
    )
    rows, repeats = compare_with_published(rows, inputs.items, pairs, confirmable, inputs.published_before)
    in_force = arrow.filter_rows(inputs.published_before, arrow.to_bool(inputs.published_before["in_force"]))
    is_excused = repeats.is_repeat | repeats.replaces_open | duplicates.may_repeat(rows, pairs, inputs.items, in_force)
    for name in _STATE_FACTS:
        rows[name] = arrow.to_series(arrow.to_bool(rows[name]) & ~is_excused)
    needs_evidence = ~(is_excused | repeats.is_correction)
    rows["evidence_old"] = arrow.to_series(arrow.to_bool(rows["evidence_old"]) & needs_evidence)
    rows["duplicate_of"] = duplicates.find_copies(rows, arrow.to_bool(rows["unreadable"]), inputs.file_names)
    requests = ship_to.find_requests(inputs.contacts, inputs.items, inputs.context)
    rows["redirected"] = ship_to.find_redirected(rows, ship_to_lookup, pairs, requests, _SHIP_TO_COLUMNS)
    applies_to = pairs.filter(confirmable | ~pairs.any_by_row(confirmable)[pairs.row_index])
    return _UploadSide(rows, applies_to, shared_tracking.collect_parcels(rows, ship_to_lookup, pairs)), repeats


def _enrich_cancellations(inputs: DecisionInputs) -> _UploadSide:
    rows, pairs = cancellation_rows.check_cancelable(inputs.rows["cancellation"], inputs.items)
    rows = rows.assign(unasked=item_warnings.find_unasked(inputs.items, pairs))
    return _UploadSide(rows, pairs, rows.head(0))
