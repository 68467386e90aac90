"""Counts the lines of every file by their outcome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.engine import StoredGroup
from pipeline.model.file_plan import FilePlan
from pipeline.model.tally import Tally
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

ROW_OUTCOMES = ("accepted", "rejected", "skipped")


def count_outcomes(rows: Sequence[pd.DataFrame], file_count: int) -> Array:
    """How many lines of each file had which outcome, one number for each of both.

    ``rows`` have ``file``, ``accepted`` and ``skipped``: a row is skipped, else accepted, else rejected.
    """
    counts = np.zeros(file_count * len(ROW_OUTCOMES), np.int64)
    for part in rows:
        if len(part):
            outcome = np.where(arrow.to_bool(part["skipped"]), 2, np.where(arrow.to_bool(part["accepted"]), 0, 1))
            counts += np.bincount(arrow.to_int64(part["file"]) * len(ROW_OUTCOMES) + outcome, minlength=len(counts))
    return counts


def tally_files(plans: Sequence[FilePlan], parts: Sequence[StoredGroup], outcome_counts: Array) -> list[Tally]:
    """The count of every file: what the plans and pass one counted, and the rows by outcome (``outcome_counts``)."""
    blank_lines, unreadable_lines = np.zeros((2, len(plans)), np.int64)
    for part in parts:
        blank_lines[part.files] += part.blank_lines
        unreadable_lines[part.files] += part.unreadable_lines
    outcomes_by_file = outcome_counts.reshape(-1, len(ROW_OUTCOMES)).tolist()
    by_file = zip(plans, blank_lines.tolist(), unreadable_lines.tolist(), outcomes_by_file, strict=True)
    return [_tally_file(*entry) for entry in by_file]


def _tally_file(plan: FilePlan, blank: int, unreadable: int, outcomes: list[int]) -> Tally:
    if plan.refusal_code:
        rejected = plan.lines - plan.lines_through_header - plan.blank_lines_above_header - blank
        outcomes, unreadable = [0, rejected, 0], 0
    counts = dict(zip(ROW_OUTCOMES, outcomes, strict=True))
    blank += plan.blank_lines_above_header
    return Tally(plan.lines, plan.lines_through_header, blank, unreadable=unreadable, **counts)
