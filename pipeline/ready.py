"""What a run found out as it is published: tables of any size that are read some rows at a time, and what counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from pipeline.frames import NEVER, Array

if TYPE_CHECKING:
    import pandas as pd

    from pipeline import profiles
    from pipeline.batch import Context, FilePlan, Metric, Tally

ROWS = 1 << 15  # read together: what stays in the processor's cache
KEYS: Mapping[str, tuple[str, ...]] = {  # by what each table is sorted; the others come order by order
    "findings": ("place", "line", "code", "column"),
    "worklist": ("due", "rank"),
    "claims": ("claim_id", "order_id"),
    "confirmations": ("file", "line"),
    "cancellations": ("file", "line"),
}


class Rows(Protocol):
    """The rows of a table in their order, in tables of ROWS rows each, but for the last."""

    @property
    def schema(self) -> pa.Schema:
        """The columns."""

    def __len__(self) -> int: ...

    def stretches(self) -> Iterator[pa.Table]:
        """The rows some at a time; at least one table, so that an empty one keeps its columns."""


@dataclass(frozen=True)
class Held:
    """The rows of a table that is in memory."""

    table: pa.Table

    @property
    def schema(self) -> pa.Schema:
        """The columns."""
        return self.table.schema

    def __len__(self) -> int:
        return len(self.table)

    def stretches(self) -> Iterator[pa.Table]:
        """The rows some at a time; at least one table."""
        for begin in range(0, max(len(self.table), 1), ROWS):
            yield self.table.slice(begin, ROWS)


def even(parts: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of the parts in tables of the same size, but for the last: however they came, they go alike."""
    waiting, number, told = [schema.empty_table()], 0, False
    for part in parts:
        waiting.append(part)
        number += len(part)
        while number >= ROWS:
            both = pa.concat_tables(waiting)
            yield both.slice(0, ROWS).combine_chunks()
            told, waiting, number = True, [both.slice(ROWS)], number - ROWS
    if number or not told:
        yield pa.concat_tables(waiting).combine_chunks()


class Todo(NamedTuple):
    """How many lines of each sort there are, and the first due time still ahead of each (µs UTC, NEVER without one)."""

    ship: int = 0
    late: int = 0
    next_ship: int = NEVER
    confirm: int = 0
    next_confirm: int = NEVER

    def plus(self, other: Todo) -> Todo:
        """Both together."""
        first = [_first(*pair) for pair in ((self.next_ship, other.next_ship), (self.next_confirm, other.next_confirm))]
        return Todo(self.ship + other.ship, self.late + other.late, first[0], self.confirm + other.confirm, first[1])


def _first(one: int, other: int) -> int:
    known = [at for at in (one, other) if at != NEVER]
    return min(known) if known else NEVER


class Standing(NamedTuple):
    """How many order items are in each state, and how many open ones have so many whole days left to be confirmed."""

    states: Array
    days_left: Array

    def plus(self, other: Standing) -> Standing:
        """Both together."""
        longest = max(len(self.days_left), len(other.days_left))
        left = [np.pad(one.days_left, (0, longest - len(one.days_left))) for one in (self, other)]
        return Standing(self.states + other.states, left[0] + left[1])


class Count(NamedTuple):
    """How often a code was found with one severity, and the first such findings, each a row of the table."""

    severity: str
    code: str
    number: int
    first: pa.Table


@dataclass(frozen=True)
class Found:
    """The findings in numbers: ``each`` code, the worst and most frequent first; ``listed`` are the worst of them.

    ``cells`` counts them by column and code, ``files`` by number of the file and severity.
    """

    each: list[Count]
    listed: pa.Table
    cells: dict[tuple[str, str], int]
    files: dict[int, dict[str, int]]

    @property
    def codes(self) -> dict[str, int]:
        """How often each code was found."""
        told: dict[str, int] = {}
        for one in self.each:
            told[one.code] = told.get(one.code, 0) + one.number
        return told


class Undated(NamedTuple):
    """A policy entry that is not in force yet at some event: how many there are, and the day and place of the first."""

    entry: str
    number: int
    day: str
    file: int
    line: int


class Partial(NamedTuple):
    """What of the orders of a bucket says something only together with those of all others.

    ``fates`` counts lines by file and fate, ``taken`` and ``promised`` (UTC µs) tell of each counted sku what was
    purchased since and the first open promise, ``uncounted`` where each sku that was not counted is first met, and
    ``written`` the canceled items about which a buyer wrote. ``parcels`` are pairs of tracking number and order, both
    as numbers. ``metrics`` and ``exposure`` are those of the bucket alone, ``claims`` how many it has.
    """

    fates: Array
    taken: Array
    promised: Array
    uncounted: pd.DataFrame
    written: pd.DataFrame
    parcels: Array
    undated: list[Undated]
    metrics: tuple[Metric, ...]
    exposure: pd.DataFrame
    claims: int


@dataclass(frozen=True)
class Ready:
    """Everything that a run found out.

    ``tables`` are sorted by KEYS. ``refused`` are the lines of uploads that are neither accepted nor skipped, each
    by its ``findings.address``, rising. ``stock`` says what each sku's offer should show, ``answered`` which feeds
    (run, part) Amazon has spoken of. ``before`` is the number of the last run remembered, None without a ledger;
    ``nights`` are the runs before, oldest first, and ``drift`` is what is otherwise than in them.
    """

    context: Context
    plans: tuple[FilePlan, ...]
    tallies: tuple[Tally, ...]
    tables: Mapping[str, Rows]
    found: Found
    refused: Array
    todo: Todo
    standing: Standing
    stock: pd.DataFrame
    answered: list[tuple[int, int]]
    metrics: tuple[Metric, ...]
    exposure: pd.DataFrame
    before: int | None
    kinds: tuple[profiles.Kind, ...] = ()
    nights: tuple[profiles.Night, ...] = ()
    drift: tuple[profiles.Drift, ...] = ()

    @property
    def codes(self) -> dict[str, int]:
        """How often each code was found."""
        return self.found.codes
