"""The Delta tables: one version read, one version committed."""

from pipeline.ledger.answer_rows import build_answer_rows
from pipeline.ledger.claims_history import find_given_logs, read_claims_history
from pipeline.ledger.commit import RowPieces, commit_run, prepare_ledger
from pipeline.ledger.delta_tables import InvalidLedger, LedgerDamaged, UnknownLayout
from pipeline.ledger.feed_statements import (
    MIN_ID_DIGITS,
    commit_uploaded,
    find_published_run,
    format_parts,
    list_published_runs,
    open_existing,
    read_published_rows,
)
from pipeline.ledger.history import History
from pipeline.ledger.lock import LedgerInUse, check_ledger_place, lock_ledger
from pipeline.ledger.order_rows import (
    build_cancellation_rows,
    build_order_rows,
    build_published_rows,
    build_run_row,
)
from pipeline.ledger.order_story import OrderRows, describe_heading, describe_order, read_order
from pipeline.ledger.published_cancellations import list_cancellations
from pipeline.ledger.scrub import count_personal_texts, scrub_ledger
from pipeline.ledger.show import list_order_ids, list_runs, open_as_of, summarize_ledger
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.staged_files import StagedFile, stage_files
from pipeline.ledger.tables import CANCELLATIONS, CONFIRMATIONS, DATA_TABLES, FEED_TABLES, ORDER_ITEMS
from pipeline.ledger.unrecorded_runs import UnrecordedRun
from pipeline.ledger.verify import verify_tables

__all__ = [
    "CANCELLATIONS",
    "CONFIRMATIONS",
    "DATA_TABLES",
    "FEED_TABLES",
    "MIN_ID_DIGITS",
    "ORDER_ITEMS",
    "History",
    "InvalidLedger",
    "LedgerDamaged",
    "LedgerInUse",
    "LedgerSnapshot",
    "OrderRows",
    "RowPieces",
    "StagedFile",
    "UnknownLayout",
    "UnrecordedRun",
    "build_answer_rows",
    "build_cancellation_rows",
    "build_order_rows",
    "build_published_rows",
    "build_run_row",
    "check_ledger_place",
    "commit_run",
    "commit_uploaded",
    "count_personal_texts",
    "describe_heading",
    "describe_order",
    "find_given_logs",
    "find_published_run",
    "format_parts",
    "list_cancellations",
    "list_order_ids",
    "list_published_runs",
    "list_runs",
    "lock_ledger",
    "open_as_of",
    "open_existing",
    "prepare_ledger",
    "read_claims_history",
    "read_order",
    "read_published_rows",
    "scrub_ledger",
    "stage_files",
    "summarize_ledger",
    "verify_tables",
]
