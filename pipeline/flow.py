"""Table of contents: plan, pass one over splits, pass two over orders, and what only all of them together tell."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline import admitting, bucket, findings, settling
from pipeline.admitting import First, Planned, Progress, untold
from pipeline.audit import compare
from pipeline.batch import Context
from pipeline.closing import Closing, close
from pipeline.engine import exchange, local
from pipeline.engine.exchange import Buckets
from pipeline.engine.ordered import Engine
from pipeline.engine.spool import Rows, Spool, in_a_row, merged
from pipeline.ledger import rows as ledger_rows
from pipeline.ledger.files import Added
from pipeline.ledger.memory import Memory
from pipeline.ledger.store import Ledger
from pipeline.ledger.tables import CONFIRMATIONS, DATA
from pipeline.publish import rejected, worklist
from pipeline.publish.counts import count
from pipeline.ready import KEYS, Ready, Standing, Todo
from pipeline.settling import Across


class Setting(NamedTuple):
    """Where a run is done, how its orders are spread, and where what waits between the passes is kept.

    Workers write files of the ledger under the name of the ``attempt``; where it has none, the commit writes them.
    """

    engine: Engine = local.EVERY_CORE
    buckets: Buckets = exchange.ONE
    spool: Spool = Spool()
    attempt: str = ""


class Done(NamedTuple):
    """What became of a run: what is published, what is remembered, and the facts of a claim asked about.

    To be remembered are rows by table, and of other tables the ``files`` in which workers have written them.
    """

    ready: Ready
    news: dict[str, Rows]
    files: dict[str, list[Added]]
    statement: str


def run(
    planned: Sequence[Planned],
    context: Context,
    ledger: Ledger | None,
    setting: Setting,
    claim: str | None = None,
    progress: Progress = untold,
) -> Done:
    """Everything there is to know of the inputs at as-of, ready to be published; ``claim`` is one to tell about."""
    engine, buckets, spool, attempt = setting
    first = admitting.first_pass(planned, admitting.Task(context, buckets, spool), engine, progress)
    memory = Memory(ledger)
    across = settling.across(first, memory, context)
    parts = [part._replace(aside=None) for part in first.parts]
    task = bucket.Task(parts, across, bucket.Kept(ledger and ledger.anywhere(), attempt), buckets, spool, claim)
    made = engine.each(task, range(buckets.number))
    closing = close([one.partial for one in made], [one.tables[bucket.PARCELS] for one in made], across, memory)
    ready = together(first, made, closing, across, spool, memory.number)
    told = "".join(one.statement for one in made)
    files = {name: [one for part in made for one in part.files[name]] for name in made[0].files}
    return Done(compare.compared(ready, memory.nights()), news(made, across, spool) if ledger else {}, files, told)


def together(
    first: First, made: Sequence[bucket.Judged], closing: Closing, across: Across, spool: Spool, before: int | None
) -> Ready:
    """What all buckets have made as one, each table in its order, beside what pass one and the closing have to say.

    ``before`` is the number of the last run remembered.
    """
    said = exchange.said(first.parts, first.plans, spool)
    names = across.names
    filed, closed = (findings.in_place(findings.sort(one), names) for one in (first.filed, closing.findings))
    work = worklist.beside(closing.todo)
    ahead = {"findings": [[spool.store("filed", filed)], said]}
    behind = {"findings": [[spool.store("closed", closed)]], "worklist": [[spool.store("closed-work", work)]]}

    def sorted_rows(name: str) -> Rows:
        runs = [*ahead.get(name, []), *([one.tables[name]] for one in made), *behind.get(name, [])]
        return merged(spool, f"all-{name}", runs, KEYS[name], made[0].schemas[name])

    each = map if spool.folder else local.each  # where memory is scarce one after the other
    tables = dict(zip(KEYS, each(sorted_rows, KEYS), strict=True)) | {"orders": of_every_bucket(made, "orders")}
    unreadable = [rejected.unreadable(part, first.plans) for piece in said for part in piece.parts()]
    return Ready(
        across.context,
        tuple(first.plans),
        tuple(exchange.tally(first.plans, first.parts, closing.fates)),
        tables,
        count(tables["findings"].stretches()),
        np.sort(np.concatenate([*(one.refused for one in made), *unreadable])),
        functools.reduce(Todo.plus, (one.todo for one in made)),
        functools.reduce(Standing.plus, (one.standing for one in made)),
        closing.stock,
        across.answered.feeds,
        closing.metrics,
        closing.exposure,
        before,
        across.kinds,
    )


def of_every_bucket(made: Sequence[bucket.Judged], name: str) -> Rows:
    """A table bucket by bucket, and so by order."""
    return in_a_row([one.tables[name] for one in made], made[0].schemas[name])


def news(made: Sequence[bucket.Judged], across: Across, spool: Spool) -> dict[str, Rows]:
    """What is to be remembered, by table: what the buckets have made, and what Amazon has answered."""
    mine = [table.name for table in DATA if table.name not in made[0].files]
    told = {name: of_every_bucket(made, bucket.NEWS + name) for name in mine}
    answers = ledger_rows.answers(across.answered.rows, across.context)
    return told | {ANSWERS: in_a_row([spool.store(ANSWERS, answers)], answers.schema)}


ANSWERS = f"{CONFIRMATIONS.name}-answered"
