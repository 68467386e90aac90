"""Between the passes: the splits of every file put together by kind, their records numbered through the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline import findings, frames
from pipeline.batch import Admitted, FilePlan, Tally


class Bucket(NamedTuple):
    """All rows of the orders of a bucket, by kind, and what pass one had to say of them."""

    rows: dict[str, pd.DataFrame]
    findings: pd.DataFrame


def exchange(plans: Sequence[FilePlan], admitted: Sequence[Admitted]) -> Bucket:
    """One bucket with every row; within a kind by file, then line."""
    numbered = _numbered(admitted)
    kinds: dict[str, list[pd.DataFrame]] = {}
    for part in numbered:
        kind = plans[part.file].kind
        if kind and len(part.rows.columns):
            kinds.setdefault(kind.name, []).append(part.rows)
    return Bucket(
        {kind: frames.stack(parts) for kind, parts in kinds.items()},
        findings.join([part.findings for part in numbered]),
    )


def _numbered(admitted: Sequence[Admitted]) -> list[Admitted]:
    """The splits, their records counted from the first line of data of the file instead of the split's."""
    before: dict[int, int] = {}
    numbered = []
    for part in admitted:
        offset = before.get(part.file, 0)
        before[part.file] = offset + part.records
        if offset and len(part.rows.columns):
            rows = part.rows.assign(record=part.rows["record"] + offset)
            found = part.findings.assign(record=part.findings["record"] + offset)
            part = part._replace(rows=rows, findings=found)  # noqa: PLW2901
        numbered.append(part)
    return numbered


FATES = ("accepted", "rejected", "skipped")


def tally(plans: Sequence[FilePlan], admitted: Sequence[Admitted], rows: Sequence[pd.DataFrame]) -> list[Tally]:
    """The count of every file: what the plans and pass one counted, and what became of the ``rows``.

    ``rows`` have ``file``, ``accepted`` and ``skipped``: a row is skipped, else accepted, else rejected.
    """
    counts = np.zeros(len(plans) * len(FATES), np.int64)
    for part in rows:
        if len(part):
            fate = np.where(frames.flags(part["skipped"]), 2, np.where(frames.flags(part["accepted"]), 0, 1))
            counts += np.bincount(frames.numbers(part["file"]) * len(FATES) + fate, minlength=len(counts))
    tallies = []
    for one in plans:
        mine = [part for part in admitted if part.file == one.file]
        records, blank = sum(part.records for part in mine), sum(part.blank for part in mine)
        unreadable = sum(part.unreadable for part in mine)
        told = dict(zip(FATES, counts[one.file * len(FATES) :].tolist(), strict=False))
        if one.refused:
            told, unreadable = {"accepted": 0, "rejected": records, "skipped": 0}, 0
        tallies.append(Tally(one.lines, one.header_lines, blank + one.blank_head, unreadable=unreadable, **told))
    return tallies
