"""Which stretches of files are read together: small files with the same columns are, many at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from pipeline.model.file_plan import FilePlan, Split
from pipeline.utils.dtypes import IntArray

GROUP_BYTES, GROUP_LINES = 1 << 20, 1 << 13  # of files that are read together at most, about


class SplitGroup(NamedTuple):
    """What one task reads: a stretch of one file, or several files of one stretch each that are read alike.

    Files that are read alike have the same kind, header and encoding, or are all refused. They come in their order.
    """

    plans: tuple[FilePlan, ...]
    splits: tuple[Split, ...]

    @property
    def plan(self) -> FilePlan:
        """How all of them are read."""
        return self.plans[0]

    @property
    def name(self) -> str:
        """A name of its own."""
        return f"split-{self.splits[0].file}-{self.splits[0].start}"

    @property
    def files(self) -> IntArray:
        """The numbers of the files, rising."""
        return np.array([split.file for split in self.splits], np.int64)

    @property
    def size_bytes(self) -> int:
        """The bytes of all stretches."""
        return sum(split.end - split.start for split in self.splits)

    def halve(self) -> tuple[SplitGroup, SplitGroup]:
        """The files in front, and the others."""
        middle = len(self.splits) // 2
        return SplitGroup(self.plans[:middle], self.splits[:middle]), SplitGroup(
            self.plans[middle:], self.splits[middle:]
        )


def group_splits(plans: Sequence[FilePlan]) -> list[SplitGroup]:
    """Every split of every file, each in one group; the groups come by their first file."""
    groups: list[SplitGroup] = []
    small_plans: dict[Any, list[FilePlan]] = {}
    for plan in plans:
        if len(plan.splits) == 1 and _group_share(plan) < 1 and not plan.splits[0].is_too_long:
            small_plans.setdefault(_reading_key(plan), []).append(plan)
        else:
            groups += [SplitGroup((plan,), (split,)) for split in plan.splits]
    for alike in small_plans.values():
        groups += _cut_groups(alike)
    return sorted(groups, key=lambda group: (group.splits[0].file, group.splits[0].start))


def _reading_key(plan: FilePlan) -> Any:
    """The same for files that are read alike."""
    if plan.refusal_code or plan.kind is None:
        return None
    return plan.kind.name, plan.header, plan.has_unnamed_column, plan.encoding, plan.is_utf8


def _group_share(plan: FilePlan) -> float:
    """How much of a group the file takes."""
    return max(plan.splits[0].end / GROUP_BYTES, plan.lines / GROUP_LINES)


def _cut_groups(plans: list[FilePlan]) -> Iterator[SplitGroup]:
    """The files, which are read alike, in groups."""
    places = np.floor(np.cumsum([_group_share(plan) for plan in plans])).tolist()
    for _, members in itertools.groupby(zip(places, plans, strict=True), key=lambda entry: entry[0]):
        group_plans = tuple(plan for _, plan in members)
        yield SplitGroup(group_plans, tuple(plan.splits[0] for plan in group_plans))
