"""Between the passes: rows of splits become rows of orders, their records numbered through the file.

A bucket is a range of order keys, so that the outputs that are sorted by order come bucket after bucket, and a ledger
whose files were written so is read bucket by bucket. Rows without a readable order id lie in the first one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Admitted, FilePlan, Split, Tally, Whole
from pipeline.engine.spool import Piece, Spool, alone
from pipeline.frames import NEVER, Array
from pipeline.profiles import Kind

ASIDE = ("stock", "processing-report")  # kinds about more than one order: every bucket, or none, is told of them
FATES = ("accepted", "rejected", "skipped")
_SMALL = 1 << 14  # rows of a part that is too small to be left by itself
_FOR_EVER = np.iinfo(np.int64).max


class Stored(NamedTuple):
    """What pass one made of a split, its rows and findings put away: ``rows`` are in a part a bucket.

    These lack the columns of the ``schema`` in which nothing stands. ``aside`` are the rows that no bucket is given.
    """

    file: int
    records: int
    blank: int
    unreadable: int
    size: int
    whole: Whole
    profile: Kind | None
    schema: pa.Schema
    rows: Piece | None
    aside: pa.Table | None
    findings: Piece


class Buckets(NamedTuple):
    """The keys at which all buckets but the first begin, rising."""

    begins: Array

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.begins) + 1

    def of(self, keys: Array) -> Array:
        """The number of the bucket of each order key."""
        return np.searchsorted(self.begins, keys, side="right")

    def range(self, at: int) -> tuple[int, int]:
        """The keys of a bucket, from the first up to the other, which is not among them."""
        ends = [NEVER, *self.begins.tolist(), _FOR_EVER]
        return ends[at], ends[at + 1]


ONE = Buckets(np.zeros(0, np.int64))


def store(part: Admitted, kind: str, buckets: Buckets, spool: Spool, split: Split) -> Stored:
    """What was made of a split of a file of that kind, its rows and findings put away."""
    rows, aside = None, None
    name = f"split-{split.file}-{split.start}"
    table = frames.table(part.rows, part.rows.columns)
    if table.num_columns and kind in ASIDE:
        aside = table
    elif table.num_columns:
        of = buckets.of(frames.numbers(part.rows["order_key"]))
        told = table.select([at for at, column in enumerate(table.columns) if column.null_count < len(table)])
        rows = spool.parts(f"{name}-rows", _apart(told, of, buckets.number, spool), told.schema)
    said = spool.store(f"{name}-findings", findings.in_place(findings.sort(part.findings), ()))
    return Stored(part.file, *part[3:], table.schema, rows, aside, said)


def _apart(table: pa.Table, of: Array, number: int, spool: Spool) -> list[pa.Table]:
    """The rows of each bucket, which in memory are let go of by themselves."""
    if number == 1:
        return [table]
    rows = table.take(pa.array(np.argsort(of.astype(np.uint16), kind="stable")))
    ends = np.cumsum(np.bincount(of, minlength=number)).tolist()
    parts = [rows.slice(begin, end - begin) for begin, end in itertools.pairwise([0, *ends])]
    return parts if spool.folder else [alone(part) for part in parts]


def begun(parts: Sequence[Stored]) -> list[int]:
    """For each split how many records of its file stand before it."""
    before: dict[int, int] = {}
    offsets = []
    for part in parts:
        offsets.append(before.get(part.file, 0))
        before[part.file] = offsets[-1] + part.records
    return offsets


def newest(plans: Sequence[FilePlan], parts: Sequence[Stored]) -> tuple[Array, Array]:
    """For each file the newest reporting-date and the newest evidence of it, UTC µs, NEVER without any."""
    made, evidence = np.full(len(plans), NEVER), np.full(len(plans), NEVER)
    for part in parts:
        made[part.file] = max(made[part.file], part.whole.made)
        evidence[part.file] = max(evidence[part.file], part.whole.newest)
    return made, evidence


def bucket(
    at: int | None, plans: Sequence[FilePlan], parts: Sequence[Stored], files: tuple[Array, Array]
) -> dict[str, pd.DataFrame]:
    """The rows of a bucket by kind, or without a number those that no bucket is given; by file, then line.

    With ``made`` and ``newest`` of their file (``newest``). Those of a bucket are let go of: each is asked for once.
    """
    kinds: dict[str, list[pa.Table]] = {}
    for part, before in zip(parts, begun(parts), strict=True):
        kind = plans[part.file].kind
        rows = part.aside if at is None else part.rows and part.rows.sizes[at] and part.rows.taken(at)
        if rows and kind and not plans[part.file].refused:
            whole = [part.schema.empty_table()] if kind.name not in kinds else []
            kinds.setdefault(kind.name, whole).append(_in_file(rows, part.file, before, files))
    return {kind: _together(rows) for kind, rows in kinds.items()}


def _in_file(rows: pa.Table, file: int, before: int, files: tuple[Array, Array]) -> pa.Table:
    """The rows with what their file as a whole says of them."""
    for name, of in zip(("made", "newest"), files, strict=True):
        rows = rows.append_column(name, pa.repeat(pa.scalar(int(of[file])), len(rows)))
    return _counted_from(rows, before)


def _counted_from(rows: pa.Table, before: int) -> pa.Table:
    """The rows, their records counted on from so many before them."""
    at = rows.schema.get_field_index("record")
    return rows.set_column(at, rows.schema.field(at), pc.add(rows.column(at), before)) if before else rows


def _together(parts: list[pa.Table]) -> pd.DataFrame:
    """The rows of all parts, where these are small in one piece: Arrow looks up rows in one faster than in many."""
    rows = pa.concat_tables(parts, promote_options="default")
    return frames.frame(rows.combine_chunks() if len(rows) < _SMALL * len(parts) else rows)


def said(parts: Sequence[Stored], plans: Sequence[FilePlan], spool: Spool) -> list[Piece]:
    """The findings of pass one about files that were not refused whole, split by split, records counted in the file."""
    kept = [(part, before) for part, before in zip(parts, begun(parts), strict=True) if not plans[part.file].refused]
    return [_counted_on(part.findings, before, spool) for part, before in kept if part.findings.rows]


def _counted_on(piece: Piece, before: int, spool: Spool) -> Piece:
    if not before:
        return piece
    name = piece.path.rpartition("/")[2].removesuffix(".arrow")
    moved = (_counted_from(part, before) for part in piece.parts())
    return spool.parts(f"{name}-moved", moved, next(piece.parts()).schema)


def told(parts: Sequence[Stored], plans: Sequence[FilePlan], spool: Spool) -> list[pd.DataFrame]:
    """The same findings, in frames."""
    return [frames.frame(part) for piece in said(parts, plans, spool) for part in piece.parts()]


def fates(rows: Sequence[pd.DataFrame], files: int) -> Array:
    """How many lines of each file had which fate, one number for each of both.

    ``rows`` have ``file``, ``accepted`` and ``skipped``: a row is skipped, else accepted, else rejected.
    """
    counts = np.zeros(files * len(FATES), np.int64)
    for part in rows:
        if len(part):
            fate = np.where(frames.flags(part["skipped"]), 2, np.where(frames.flags(part["accepted"]), 0, 1))
            counts += np.bincount(frames.numbers(part["file"]) * len(FATES) + fate, minlength=len(counts))
    return counts


def tally(plans: Sequence[FilePlan], parts: Sequence[Stored], fates: Array) -> list[Tally]:
    """The count of every file: what the plans and pass one counted, and what became of the rows (``fates``)."""
    tallies = []
    for one in plans:
        mine = [part for part in parts if part.file == one.file]
        records, blank = sum(part.records for part in mine), sum(part.blank for part in mine)
        unreadable = sum(part.unreadable for part in mine)
        told = dict(zip(FATES, fates[one.file * len(FATES) :].tolist(), strict=False))
        if one.refused:
            told, unreadable = {"accepted": 0, "rejected": records, "skipped": 0}, 0
        tallies.append(Tally(one.lines, one.header_lines, blank + one.blank_head, unreadable=unreadable, **told))
    return tallies
