"""Counts the lines of every file by their outcome."""

from __future__ import annotations

import collections
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.engine import StoredSplit
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


def tally_files(plans: Sequence[FilePlan], parts: Sequence[StoredSplit], outcome_counts: Array) -> list[Tally]:
    """The count of every file: what the plans and pass one counted, and the rows by outcome (``outcome_counts``)."""
    tallies, parts_by_file = [], collections.defaultdict(list)
    for part in parts:
        parts_by_file[part.file].append(part)
    for plan in plans:
        file_parts = parts_by_file[plan.file]
        blank = sum(part.blank_lines for part in file_parts)
        unreadable = sum(part.unreadable_lines for part in file_parts)
        outcomes = dict(zip(ROW_OUTCOMES, outcome_counts[plan.file * len(ROW_OUTCOMES) :].tolist(), strict=False))
        if plan.refusal_code:
            rejected = plan.lines - plan.lines_through_header - plan.blank_lines_above_header - blank
            outcomes, unreadable = {"accepted": 0, "rejected": rejected, "skipped": 0}, 0
        tallies.append(
            Tally(
                plan.lines,
                plan.lines_through_header,
                blank + plan.blank_lines_above_header,
                unreadable=unreadable,
                **outcomes,
            )
        )
    return tallies
