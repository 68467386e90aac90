"""A processing report as it is matched with a feed: its rows, and what they do (SPEC §4, Refused as a whole)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.file_plan import FilePlan
from pipeline.model.submissions import FAILED_ANSWER, REPEATED_ANSWER
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas import lists

NO_RECORD = -1
_FATAL = "fatal"
_SHIPPED_ALREADY = "18021"  # more units than remain to be shipped


class ProcessingReport(NamedTuple):
    """A processing report: its file, its rows, and of each row whether it only warns, and whether it refuses a feed.

    ``role`` says what it is of the feed whose answer it is known to be; empty where that is not known.
    """

    plan: FilePlan
    rows: pd.DataFrame
    is_warning: Array
    refuses_feed: Array
    role: str = ""

    @property
    def processed(self) -> int | None:
        """How many records Amazon says it has processed; None where it does not say."""
        return self.plan.reported_counts[0] if self.plan.reported_counts else None

    @property
    def repeated_records(self) -> int:
        """How many records it refuses for nothing but that Amazon has them already."""
        record = arrow.to_int64(self.rows["original_record_number"], NO_RECORD)
        return len(np.unique(record[self._has_them_already()])) if self.role == REPEATED_ANSWER else 0

    @property
    def closes_feed(self) -> bool:
        """Whether the feed is answered by it: of one that failed only what is refused is known."""
        return self.role != FAILED_ANSWER or bool(self.refuses_feed.any())

    def with_role(self, role: str) -> ProcessingReport:
        """The report as what it is of its feed: of one sent twice, that Amazon has a record already refuses nothing."""
        is_harmless = self._has_them_already() if role == REPEATED_ANSWER else np.zeros(len(self.rows), bool)
        return self._replace(is_warning=self.is_warning | is_harmless, role=role)

    def _has_them_already(self) -> Array:
        return arrow.equals_text(arrow.to_arrow(self.rows["error-code"]), _SHIPPED_ALREADY)

    @property
    def names_orders(self) -> bool:
        """Whether any row names an order."""
        return bool(arrow.is_valid(self.rows["order-id"]).any())

    @property
    def refuses_something(self) -> bool:
        """Whether any row is more than a warning."""
        return bool((~self.is_warning).any())


def read_report(plan: FilePlan, rows: pd.DataFrame) -> ProcessingReport:
    """A report as it is matched: the rows of its file, and what they do."""
    report_rows = arrow.filter_rows(rows, arrow.to_int64(rows["file"]) == plan.file)
    error_type = arrow.to_arrow(report_rows["error-type"])
    is_warning = _is_any_of(error_type, lists.warning_words())
    about_feed = arrow.to_int64(report_rows["original_record_number"], NO_RECORD) == 0
    nothing_successful = plan.reported_counts[1:] == (0,)  # where the word for Fatal is another language's
    is_fatal = _is_any_of(error_type, {_FATAL}) | nothing_successful
    return ProcessingReport(plan, report_rows, is_warning, about_feed & ~is_warning & is_fatal)


def _is_any_of(text: pa.ChunkedArray, words: set[str] | frozenset[str]) -> Array:
    """Where a text, its case aside, is one of the words."""
    is_word = pc.is_in(pc.utf8_lower(text), value_set=pa.array(sorted(words), pa.string()))
    return pc.fill_null(is_word, False).to_numpy()
