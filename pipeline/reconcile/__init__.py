"""Confirmations and cancellations against what the reports say: what remains, what is refused."""

from pipeline.reconcile.account_plan import refuse_bulk_confirmations
from pipeline.reconcile.cross_check import check_reports
from pipeline.reconcile.decide import DecisionInputs, decide_uploads
from pipeline.reconcile.delisted_items import DelistedItems, NewReports, find_delisted_items
from pipeline.reconcile.item_evidence import CANCEL_MARK, ReportFiles, add_evidence
from pipeline.reconcile.match_feeds import OpenFeeds
from pipeline.reconcile.merge_reports import build_order_items, merge_order_level_rows, rank_reports
from pipeline.reconcile.outdated_reports import (
    blank_outdated,
    fill_from_outdated,
    find_outdated,
    keep_current,
)
from pipeline.reconcile.processing_reports import match_processing_reports
from pipeline.reconcile.processing_results import ProcessingResults
from pipeline.reconcile.promotion_lines import PromotionLines, resolve_promotion_lines
from pipeline.reconcile.report_rows import report_ages, select_needed_columns
from pipeline.reconcile.shared_tracking import check_shared_parcels, pair_parcels_with_orders

__all__ = [
    "CANCEL_MARK",
    "DecisionInputs",
    "DelistedItems",
    "NewReports",
    "OpenFeeds",
    "ProcessingResults",
    "PromotionLines",
    "ReportFiles",
    "add_evidence",
    "blank_outdated",
    "build_order_items",
    "check_reports",
    "check_shared_parcels",
    "decide_uploads",
    "fill_from_outdated",
    "find_delisted_items",
    "find_outdated",
    "keep_current",
    "match_processing_reports",
    "merge_order_level_rows",
    "pair_parcels_with_orders",
    "rank_reports",
    "refuse_bulk_confirmations",
    "report_ages",
    "resolve_promotion_lines",
    "select_needed_columns",
]
