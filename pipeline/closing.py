"""What only all orders together tell: stock, rates, shared tracking numbers, the time between nights."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from pipeline import findings, frames
from pipeline.batch import Context, FilePlan, Metric
from pipeline.claims import stage
from pipeline.engine.spool import Piece
from pipeline.frames import Array
from pipeline.ledger.memory import Memory
from pipeline.lifecycle import changes, due, stock
from pipeline.ready import Partial
from pipeline.reconcile import parcels
from pipeline.rules import files, inventory, lifecycle
from pipeline.rules import parcels as parcel_rules
from pipeline.rules.dated import no_policy_value
from pipeline.rules.rule import family, judge
from pipeline.settling import Across


class Closing(NamedTuple):
    """What only all buckets together tell."""

    fates: Array
    findings: pd.DataFrame
    todo: pd.DataFrame
    stock: pd.DataFrame
    metrics: tuple[Metric, ...]
    exposure: pd.DataFrame


def close(parts: Sequence[Partial], goods: Sequence[Piece], told_all: Across, memory: Memory) -> Closing:
    """What follows from what the buckets tell together; ``goods`` are their parcels."""
    policy = told_all.context.policy
    ordered = [stock.Ordered(part.taken, part.promised, part.uncounted) for part in parts]
    counted = stock.available(told_all.latest, ordered)
    written = stock.still_in_stock(frames.stack([part.written for part in parts]), counted)
    metrics = [functools.reduce(Metric.plus, each) for each in zip(*(part.metrics for part in parts), strict=True)]
    said = [
        told_all.answered.findings,
        judge(family(inventory), stock.with_uncounted(counted, ordered), policy),
        judge([lifecycle.asked_after_cancel], written, policy),
        stage.high(metrics[-1], sum(part.claims for part in parts)),
        *undated(parts),
        *one_parcel_many_places(parts, goods, told_all.context),
        *about_nights(told_all.plans, memory, told_all.context),
    ]
    return Closing(
        sum((part.fates for part in parts), told_all.fates),
        findings.sort(findings.join(said)),
        due.restock(counted),
        counted,
        (*metrics[:-1], stage.with_distance(metrics[-1])),
        stage.exposures([part.exposure for part in parts]),
    )


def undated(parts: Sequence[Partial]) -> list[pd.DataFrame]:
    """A finding for each policy entry that was not in force yet at some event, at the earliest of them."""
    told = sorted((one for part in parts for one in part.undated), key=lambda one: (one.day, one.file, one.line))
    entries = {one.entry: one for one in reversed(told)}
    counts = {entry: sum(one.number for one in told if one.entry == entry) for entry in entries}
    return [
        findings.about_file(no_policy_value, one.file, one.line, "", entry=entry, day=one.day, count=str(counts[entry]))
        for entry, one in entries.items()
    ]


def one_parcel_many_places(parts: Sequence[Partial], goods: Sequence[Piece], context: Context) -> list[pd.DataFrame]:
    """What there is to say of tracking numbers that are given for orders to different destinations."""
    several = parcels.shared([part.parcels for part in parts])
    if not len(several):
        return []
    places = [parcels.places(rows, several) for rows in _read(goods)]
    told = (parcels.destinations(rows, places) for rows in _read(goods))
    return [judge([parcel_rules.one_parcel_many_places], rows, context.policy) for rows in told]


def _read(pieces: Sequence[Piece]) -> Iterator[pd.DataFrame]:
    return (frames.frame(part) for piece in pieces for part in piece.parts())


def about_nights(plans: Sequence[FilePlan], memory: Memory, context: Context) -> list[pd.DataFrame]:
    """What there is to say of the time since the last run, and of files whose content an earlier run has processed."""
    seen = memory.inputs()
    return [changes.gap(memory.last_reports(), context)] + [
        findings.about_file(files.seen_before, one.file, 1, run=seen[one.sha256]) for one in plans if one.sha256 in seen
    ]
