"""Into how many buckets the orders of a run are spread, where these begin, and whether what waits fits in memory."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.batch import FilePlan
from pipeline.engine.exchange import Buckets
from pipeline.frames import Array, distinct, frame, numbers
from pipeline.keys import key

_LINE, _BYTE = 900, 2  # bytes of memory that a line takes while it is judged, and each of its own bytes
_ITEM = 700  # bytes that an order item of the ledger takes meanwhile
_WAITS = 400  # bytes of memory that a line, or an item of the ledger, takes while it waits
_SHARE = 0.6  # of the memory that is for what waits at most, or for the buckets under way where it waits on the disk
_REST = 0.7  # of what is left beside what waits that is for the buckets under way: what they make waits, too
_SPLIT, _SHARES = 1 << 25, 1 << 5  # bytes of a file that are read at once at most; else a share of the memory
_WORTH = 430_000_000  # bytes of memory from which on several cores gain more than each bucket costs beside its rows
_AT_MOST = 1 << 12  # buckets: every split holds a part of each
SAMPLE = 64  # rows of which one is in a sample, of the files as of the ledger
_SAMPLES, _WINDOW = 2048, 1 << 13  # places of all files together that are looked at, bytes of each
_ORDER = re.compile(rb"(?<![0-9])[0-9]{3}-[0-9]{7}-[0-9]{7}(?![0-9])")


def need(plans: Sequence[FilePlan], remembered: int) -> int:
    """The bytes of memory that all orders of the files and of the ledger take if they are judged at once."""
    read = sum(one.lines * _LINE + one.size * _BYTE for one in plans if one.kind and not one.refused)
    return read + remembered * _ITEM


def waits(plans: Sequence[FilePlan], remembered: int) -> int:
    """The bytes of memory that all of these take while they wait for their turn, or to be written."""
    return (sum(one.lines for one in plans if one.kind and not one.refused) + remembered) * _WAITS


def split(memory: int) -> int:
    """About how many bytes of a file are read at once where so much memory is given."""
    return min(_SPLIT, max(memory // _SHARES, _WINDOW))


def near(waits: int, memory: int) -> bool:
    """Whether what waits may do so in memory, beside what is judged meanwhile."""
    return waits <= memory * _SHARE


def number(need: int, waits: int, memory: int, jobs: int) -> int:
    """How many buckets keep that many jobs busy, and their memory within what is given: so many for each job.

    ``waits`` of the ``need`` lie in memory all the while, 0 where they wait on the disk.
    """
    need, free = need - waits, (memory - waits) * _REST if waits else memory * _SHARE
    rounds = math.ceil(need / free)
    if rounds == 1 and need <= _WORTH:
        return 1
    return min(jobs * rounds, _AT_MOST)


def buckets(plans: Sequence[FilePlan], remembered: Array, number: int) -> Buckets:
    """So many buckets, or fewer, of about as many rows each, by a sample of the files' order ids.

    ``remembered`` are keys of orders of the ledger, each as good as one of the sample.
    """
    if number <= 1:
        return Buckets(np.zeros(0, np.int64))
    keys = np.sort(np.concatenate([_sampled(plans), remembered]))
    if not len(keys):
        return Buckets(np.zeros(0, np.int64))
    return Buckets(distinct(keys[np.arange(1, number) * len(keys) // number]))


def _sampled(plans: Sequence[FilePlan]) -> Array:
    """Keys of orders that stand at places all over the files."""
    used = [one for one in plans if one.splits and not one.refused]
    step = max(sum(one.splits[-1].end for one in used) // _SAMPLES, _WINDOW)
    ids = [text for one in used for text in _ids(one, step)]
    ids = ids[:: max(len(ids) * SAMPLE // max(sum(one.lines for one in used), 1), 1)]
    return numbers(key(frame(pa.table({"id": pa.array(ids, pa.string())}))["id"], dashes=True))


def _ids(plan: FilePlan, step: int) -> list[str]:
    found: list[str] = []
    with Path(plan.source.path).open("rb") as file:
        for begin in range(0, plan.splits[-1].end, step):
            file.seek(begin)
            found += [text.decode("ascii") for text in _ORDER.findall(file.read(_WINDOW))]
    return found
