"""The task of pass two: the orders of a bucket judged, and what goes out of them put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from pipeline import frames, settling
from pipeline.engine import exchange, memory
from pipeline.engine.exchange import Buckets, Stored
from pipeline.engine.spool import Piece, Spool
from pipeline.frames import Array
from pipeline.ledger import files
from pipeline.ledger import rows as ledger_rows
from pipeline.ledger.files import Added
from pipeline.ledger.memory import Memory
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import CONFIRMATIONS, DATA
from pipeline.publish import outgoing, statement
from pipeline.ready import Partial, Standing, Todo
from pipeline.settling import Across

NEWS = "ledger-"  # how the names of tables begin that are to be remembered
PARCELS = "parcels"


class Judged(NamedTuple):
    """What went out of a bucket: its tables put away, their columns, and what counts only with others.

    ``statement`` has the facts of the claim asked about, where it is of this bucket.
    """

    tables: dict[str, Piece]
    schemas: dict[str, pa.Schema]
    partial: Partial
    refused: Array
    todo: Todo
    standing: Standing
    files: dict[str, list[Added]]
    statement: str


class Kept(NamedTuple):
    """The ledger, if there is one, and the name under which workers write files of it; where empty, none do."""

    ledger: Ledger | None
    attempt: str

    def within(self, low: int, high: int) -> Memory:
        """What earlier runs left behind of the orders from one key up to another."""
        return Memory(self.ledger and self.ledger.within(low, high))

    def written(self, tables: dict[str, pa.Table], stem: str) -> dict[str, list[Added]]:
        """The tables that are complete as they are, written to files of the ledger."""
        if self.ledger is None or not self.attempt:
            return {}
        number, name = self.ledger.last + 1, f"{self.attempt}-{stem}"
        kept = [table for table in DATA if table is not CONFIRMATIONS]  # of which only the feeds tell where they are
        return {table.name: files.written(self.ledger.url, table, tables[table.name], number, name) for table in kept}


@dataclass(frozen=True)
class Task:
    """The task of pass two; ``claim`` is the id of one of which the facts are asked."""

    parts: Sequence[Stored]
    across: Across
    kept: Kept
    buckets: Buckets
    spool: Spool
    claim: str | None

    def __call__(self, at: int) -> Judged:
        """What became of the bucket of that number."""
        memory.kept(self.spool.memory)
        low, high = self.buckets.range(at)
        rows = exchange.bucket(at, self.across.plans, self.parts, self.across.files)
        made = settling.judged(rows, self.across.within(low, high), self.kept.within(low, high))
        out = outgoing.outgoing(made.settled)
        tables = out.tables | {PARCELS: frames.table(made.parcels, made.parcels.columns)}
        news = ledger_rows.made(made.settled) if self.kept.ledger else {}
        written = self.kept.written(news, str(at))
        tables |= {f"{NEWS}{name}": table for name, table in news.items() if name not in written}
        told = statement.of(made.settled, self.claim) if self.claim else ""
        pieces = {name: self.spool.store(f"bucket-{at}-{name}", table) for name, table in tables.items()}
        schemas = {name: table.schema for name, table in tables.items()}
        judged = Judged(pieces, schemas, made.partial, out.refused, out.todo, out.standing, written, told)
        del rows, made, out, tables, news
        if self.spool.folder:
            memory.given_back()
        return judged
