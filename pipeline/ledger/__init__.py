"""The Delta tables: one version read, one version committed."""

from pipeline.ledger.answer_rows import build_answer_rows
from pipeline.ledger.claims_history import find_given_logs, read_claims_history
from pipeline.ledger.commit import RowPieces, commit_run, prepare_ledger
from pipeline.ledger.delta_tables import LedgerDamaged, UnknownLayout
from pipeline.ledger.feed_statements import (
    commit_uploaded,
    find_published_run,
    format_parts,
    list_published_runs,
    open_existing,
    read_published_rows,
)
from pipeline.ledger.history import History
from pipeline.ledger.lock import InvalidLedger, LedgerInUse, check_ledger_place, lock_ledger
from pipeline.ledger.order_rows import (
    build_cancellation_rows,
    build_order_rows,
    build_published_rows,
    build_run_row,
)
from pipeline.ledger.show import describe_order, list_runs, open_as_of, summarize_ledger, verify_tables
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.staged_files import StagedFile, stage_files
from pipeline.ledger.tables import CANCELLATIONS, CONFIRMATIONS, DATA_TABLES, FEED_TABLES

__all__ = [
    "CANCELLATIONS",
    "CONFIRMATIONS",
    "DATA_TABLES",
    "FEED_TABLES",
    "History",
    "InvalidLedger",
    "LedgerDamaged",
    "LedgerInUse",
    "LedgerSnapshot",
    "RowPieces",
    "StagedFile",
    "UnknownLayout",
    "build_answer_rows",
    "build_cancellation_rows",
    "build_order_rows",
    "build_published_rows",
    "build_run_row",
    "check_ledger_place",
    "commit_run",
    "commit_uploaded",
    "describe_order",
    "find_given_logs",
    "find_published_run",
    "format_parts",
    "list_published_runs",
    "list_runs",
    "lock_ledger",
    "open_as_of",
    "open_existing",
    "prepare_ledger",
    "read_claims_history",
    "read_published_rows",
    "stage_files",
    "summarize_ledger",
    "verify_tables",
]
