"""Whether a row may be believed."""

from pipeline.validate.row_rules import check_rows
from pipeline.validate.schema_check import check_schema

__all__ = [
    "check_rows",
    "check_schema",
]
