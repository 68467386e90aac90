"""A run in frames, of all its orders at once and without a memory: what tests look into."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from pipeline import admitting, findings, frames, settling, todo
from pipeline.audit import compare
from pipeline.batch import Context, Settled, Source
from pipeline.closing import close
from pipeline.engine import exchange
from pipeline.engine.spool import Spool
from pipeline.ledger.memory import Memory
from pipeline.publish import outgoing
from pipeline.ready import Ready


def settle(sources: Sequence[Source], context: Context) -> Settled:
    """Everything there is to know of the inputs at as-of, of all orders at once and without a memory."""
    memory, spool = Memory(), Spool()
    first = admitting.first_pass(admitting.planned(sources, context), admitting.Task(context, exchange.ONE, spool))
    across = settling.across(first, memory, context)
    rows = exchange.bucket(0, first.plans, first.parts, across.files)
    part, partial, goods = settling.judged(rows, across, memory)
    closing = close([partial], [spool.store("parcels", frames.table(goods, goods.columns))], across, memory)
    said = exchange.told(first.parts, first.plans, spool)
    whole = dataclasses.replace(
        part,
        tallies=tuple(exchange.tally(first.plans, first.parts, closing.fates)),
        findings=findings.sort(findings.join([first.filed, *said, part.findings, closing.findings])),
        changes=dataclasses.replace(part.changes, stock=closing.stock),
        todo=todo.join([part.todo, closing.todo]),
        metrics=closing.metrics,
        claims=dataclasses.replace(part.claims, exposure=closing.exposure),
        kinds=across.kinds,
    )
    return compare.compared(whole, ())


def ready(settled: Settled) -> Ready:
    """The same as it is published."""
    return outgoing.ready(settled, outgoing.outgoing(settled))
