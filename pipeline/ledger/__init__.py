"""The Delta tables: one version read, one version committed."""

from pipeline.ledger.claims_history import find_given_logs, read_claims_history
from pipeline.ledger.commit import RowPieces, commit_run, prepare_ledger
from pipeline.ledger.delta_tables import LedgerDamaged
from pipeline.ledger.history import History
from pipeline.ledger.lock import InvalidLedger, lock_ledger
from pipeline.ledger.order_rows import build_answer_rows, build_order_rows, build_published_rows, build_run_row
from pipeline.ledger.show import describe_order, list_runs, open_as_of, summarize_ledger, verify_tables
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.staged_files import StagedFile, stage_files
from pipeline.ledger.tables import CONFIRMATIONS, DATA_TABLES

__all__ = [
    "CONFIRMATIONS",
    "DATA_TABLES",
    "History",
    "InvalidLedger",
    "LedgerDamaged",
    "LedgerSnapshot",
    "RowPieces",
    "StagedFile",
    "build_answer_rows",
    "build_order_rows",
    "build_published_rows",
    "build_run_row",
    "commit_run",
    "describe_order",
    "find_given_logs",
    "list_runs",
    "lock_ledger",
    "open_as_of",
    "prepare_ledger",
    "read_claims_history",
    "stage_files",
    "summarize_ledger",
    "verify_tables",
]
