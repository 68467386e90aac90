"""Pass one, which knows one split of one file: bytes to rows, rows to values, values believed or not."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline import findings, frames
from pipeline.audit import profile
from pipeline.batch import Admitted, Context, FilePlan, Source, Split
from pipeline.engine import exchange, local, memory
from pipeline.engine.exchange import Buckets, Stored
from pipeline.engine.ordered import Engine
from pipeline.engine.spool import Spool
from pipeline.ingest import parse, plan, read
from pipeline.reconcile import facts, sightings, uploads
from pipeline.validate import judge as validate
from pipeline.validate import shape
from schemas.confirmation import IDENTITY
from schemas.kinds import REPORTS

Progress = Callable[[int, int, int], None]  # bytes done, bytes in all, rows so far


def untold(_done: int, _total: int, _rows: int) -> None:
    """Progress that nobody watches."""


Planned = tuple[FilePlan, pd.DataFrame]  # how a file is to be read, and what there is to say of it as a file


class First(NamedTuple):
    """What pass one found: how the files are read, what it made of each split, and what is wrong with whole files."""

    plans: list[FilePlan]
    parts: list[Stored]
    filed: pd.DataFrame


def planned(sources: Sequence[Source], context: Context, split: int | None = None) -> list[Planned]:
    """The planning pass over every file; ``split`` is about the bytes of each split."""
    return local.each(lambda one: plan.plan(*one, context, split), enumerate(sources))


@dataclass(frozen=True)
class Task:
    """The task of pass one: a split admitted, its rows spread over the buckets and put away.

    With ``every`` column of the files, of which a night reads only those that a rule or an output uses.
    """

    context: Context
    buckets: Buckets
    spool: Spool
    every: bool = False

    def __call__(self, part: tuple[FilePlan, Split]) -> Stored:
        """What became of a split of a file."""
        memory.kept(self.spool.memory)
        plan, split = part
        made = admit(plan, split, self.context, every=self.every)
        return exchange.store(made, plan.kind.name if plan.kind else "", self.buckets, self.spool, split)


def first_pass(
    planned: Sequence[Planned], task: Task, engine: Engine = local.EVERY_CORE, progress: Progress = untold
) -> First:
    """Pass one over every split of every file."""
    splits = [(one, split) for one, _ in planned for split in one.splits]
    return refused_whole(planned, engine.each(task, splits, metered(splits, progress)), task.context)


def refused_whole(planned: Sequence[Planned], parts: list[Stored], context: Context) -> First:
    """What pass one found, files refused whole whose lines together tell so."""
    plans = [one for one, _ in planned]
    kept, refused = uploads.turned_away(plans, [(part.file, part.whole) for part in parts], context)
    as_planned = [found for one, (before, found) in zip(kept, planned, strict=True) if one.refused == before.refused]
    return First(kept, parts, findings.join([*as_planned, refused]))


def metered(splits: list[tuple[FilePlan, Split]], progress: Progress) -> Callable[[Stored], None]:
    """Told of every split in turn, it tells the progress."""
    total, seen = sum(split.end - split.start for _, split in splits), [0, 0]

    def done(part: Stored) -> None:
        seen[0] += part.size
        seen[1] += part.records
        progress(seen[0], total, seen[1])

    return done


def admit(plan_: FilePlan, split: Split, context: Context, *, every: bool = False) -> Admitted:
    """Pass one, which knows one split of one file: bytes to rows, rows to values, values believed or not.

    Columns that neither a rule of a night nor an output uses are read with ``every`` alone.
    """
    of = plan_.kind
    if plan_.refused or of is None:
        return read.counted(plan_, split)
    text = read.read(plan_, split, [column for column in of.columns if every or not column.audit])
    found, unreadable = shape.shape(text.rows, of)
    rows = parse.parse(text.rows, of, unreadable)
    masks = [mask for name, mask in unreadable.items() if name in IDENTITY]
    rows["unreadable"] = frames.series(functools.reduce(operator.or_, masks, np.zeros(len(rows), bool)))
    rows, found = validate.believe(rows, of, findings.join([text.findings, found]), context)
    size, whole = split.end - split.start, facts.of_file(rows, of.name, context)
    told = None if every else profile.of_split(plan_, of.name, rows)
    kept = rows if every or of.name not in REPORTS else frames.frame(frames.table(rows, sightings.NEEDED))
    return Admitted(plan_.file, kept, found, text.records, text.blank, text.unreadable, size, whole, told)
