"""What goes out of the orders of a bucket: the tables that are published, each in its order, and what counts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline import findings
from pipeline.batch import Settled
from pipeline.frames import Array
from pipeline.publish import claims, feeds, orders, rejected, worklist
from pipeline.publish.counts import count
from pipeline.ready import Held, Ready, Standing, Todo


class Outgoing(NamedTuple):
    """The tables (``ready.KEYS``), the lines of uploads that are given back, things to do, and where items stand."""

    tables: dict[str, pa.Table]
    refused: Array
    todo: Todo
    standing: Standing


def outgoing(settled: Settled) -> Outgoing:
    """What goes out of a bucket."""
    items = orders.shown(settled.items)
    work, todo = worklist.lines(items, settled.todo, settled.context)
    tables = {
        "findings": findings.in_place(settled.findings, [one.source.name for one in settled.plans]),
        "orders": orders.report(items, settled.context.as_of),
        "worklist": work,
        "claims": claims.report(settled.claims.rows),
        "confirmations": feeds.rows(settled.confirmations, feeds.CONFIRMATION),
        "cancellations": feeds.rows(settled.cancellations, feeds.CANCELLATION),
    }
    uploads = (settled.confirmations, settled.cancellations)
    return Outgoing(tables, rejected.refused(uploads), todo, orders.standing(items, settled.context.as_of))


def of_audit(settled: Settled) -> Ready:
    """The whole audit, which has findings alone."""
    names = [one.source.name for one in settled.plans]
    none = np.zeros(0, np.int64)
    told = {"findings": findings.in_place(settled.findings, names)}
    return ready(settled, Outgoing(told, none, Todo(), Standing(none, none)))


def ready(settled: Settled, made: Outgoing) -> Ready:
    """A whole run or audit, of one bucket."""
    found = made.tables["findings"]
    return Ready(
        settled.context,
        settled.plans,
        settled.tallies,
        {name: Held(table) for name, table in made.tables.items()},
        count(Held(found).stretches()),
        np.sort(np.concatenate([made.refused, rejected.unreadable(found, settled.plans)])),
        made.todo,
        made.standing,
        settled.changes.stock,
        settled.changes.answered,
        settled.metrics,
        settled.claims.exposure,
        settled.changes.before,
        settled.kinds,
        settled.nights,
        settled.drift,
    )
