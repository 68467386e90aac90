"""Bytes to text rows with their physical line, and text to typed values."""

from pipeline.ingest.attempts import attempt
from pipeline.ingest.parse import empty_rows, parse_rows
from pipeline.ingest.plan import PlannedFiles, plan_file
from pipeline.ingest.read import read_group
from pipeline.ingest.recognize import recognize_kind
from pipeline.ingest.sniff import canonical_encoding, is_usable_encoding
from pipeline.ingest.sources import ACCOUNT_FILE, MissingInput, discover_sources, find_account_files, resolve_path
from pipeline.ingest.stamps import InputChanged, check_inputs
from pipeline.ingest.unread_lines import count_group_lines, give_up_split, pass_over_line, refuse_unread_files

__all__ = [
    "ACCOUNT_FILE",
    "InputChanged",
    "MissingInput",
    "PlannedFiles",
    "attempt",
    "canonical_encoding",
    "check_inputs",
    "count_group_lines",
    "discover_sources",
    "empty_rows",
    "find_account_files",
    "give_up_split",
    "is_usable_encoding",
    "parse_rows",
    "pass_over_line",
    "plan_file",
    "read_group",
    "recognize_kind",
    "refuse_unread_files",
    "resolve_path",
]
