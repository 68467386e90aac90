"""Into how many buckets the orders of a run are spread, where these begin, and whether what waits fits in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pipeline.engine.partition import WINDOW_BYTES
from pipeline.model.file_plan import FilePlan
from pipeline.model.split_groups import group_splits

_LINE_BYTES, _BYTES_PER_BYTE = 900, 2  # bytes of memory that a line takes while it is judged, and each of its own bytes
_ITEM_BYTES = 1200  # bytes that an order item of the ledger takes meanwhile, with its action and its finding
_WAITING_ROW_BYTES = 400  # bytes of memory that a line takes while it waits
_WAITING_ITEM_BYTES = 900  # bytes that an item of the ledger takes then
_SHORT_LINE_BYTES = 40  # of a line that lacks cells, and has a finding for each
_WAITING_FAULTY_BYTES = 1500  # bytes of memory that such a line takes with its findings
_WAITING_GROUP_BYTES = 1 << 16  # bytes of memory that the rows of a group of splits take, however few they are
_TEXT_BYTES = 24  # bytes of memory that the hash of a cell takes
_WAITING_SHARE = (
    0.6  # of the memory that is for what waits at most, or for the buckets under way where it waits on the disk
)
_MERGED_SHARE = 0.5  # of what waits in mapped files that is merged, and so in memory at a time
_BUCKET_SHARE = 0.7  # of what is left beside what waits that is for the buckets under way: what they make waits, too
_MAX_SPLIT_BYTES, _MEMORY_PER_SPLIT = (
    1 << 25,
    1 << 5,
)  # bytes of a file that are read at once at most; else a share of the memory
_MIN_PARALLEL_BYTES = (
    430_000_000  # bytes of memory from which on several cores gain more than each bucket costs beside its rows
)
_MAX_BUCKETS = 1 << 12  # buckets: every split holds a part of each
_AT_HAND_SHARE = 3 / 4  # of the memory that is for the parts at hand while all buckets' tables are merged
_MERGED_ROW_BYTES = 400  # bytes of memory that a row of an output takes then
_MIN_PART_ROWS, MAX_PART_ROWS = 1 << 8, 1 << 13  # rows of a part of a table that is read by itself


def estimate_text_bytes(plans: Sequence[FilePlan]) -> int:
    """The bytes of memory that the texts of all cells take at most while they wait for an audit to count them."""
    return sum(plan.lines * len(plan.header) * _TEXT_BYTES for plan in plans if plan.kind and not plan.refusal_code)


def estimate_total_bytes(plans: Sequence[FilePlan], ledger_items: int) -> int:
    """The bytes of memory that all orders of the files and of the ledger take if they are judged at once."""
    file_bytes = sum(
        plan.lines * _LINE_BYTES + plan.size * _BYTES_PER_BYTE for plan in plans if plan.kind and not plan.refusal_code
    )
    return file_bytes + ledger_items * _ITEM_BYTES


def estimate_waiting_bytes(plans: Sequence[FilePlan], ledger_items: int) -> int:
    """The bytes of memory that all of these take while they wait for their turn, or to be written."""
    read_plans = [plan for plan in plans if plan.kind and not plan.refusal_code]
    group_bytes = len(group_splits(read_plans)) * _WAITING_GROUP_BYTES
    return sum(map(_estimate_waiting_lines, read_plans)) + group_bytes + ledger_items * _WAITING_ITEM_BYTES


def _estimate_waiting_lines(plan: FilePlan) -> int:
    """The bytes that the lines of a file take while they wait, and what there is to say about them."""
    is_short = plan.size < plan.lines * _SHORT_LINE_BYTES
    return plan.lines * (_WAITING_FAULTY_BYTES if is_short else _WAITING_ROW_BYTES)


def choose_split_bytes(memory: int) -> int:
    """About how many bytes of a file are read at once where so much memory is given."""
    return min(_MAX_SPLIT_BYTES, max(memory // _MEMORY_PER_SPLIT, WINDOW_BYTES))


def fits_in_memory(waiting_bytes: int, memory: int) -> bool:
    """Whether what waits may do so in memory, beside what is judged meanwhile."""
    return waiting_bytes <= memory * _WAITING_SHARE


def fits_mapped(waiting_bytes: int, memory: int) -> bool:
    """Whether what waits in files may be mapped into memory while it is merged."""
    return fits_in_memory(int(waiting_bytes * _MERGED_SHARE), memory)


def choose_bucket_count(total_bytes: int, waiting_bytes: int, memory: int, jobs: int) -> int:
    """How many buckets keep that many jobs busy, and their memory within what is given: so many for each job.

    ``waiting_bytes`` of the ``total_bytes`` lie in memory all the while, 0 where they wait on the disk.
    """
    total_bytes, free_bytes = (
        total_bytes - waiting_bytes,
        (memory - waiting_bytes) * _BUCKET_SHARE if waiting_bytes else memory * _WAITING_SHARE,
    )
    rounds = math.ceil(total_bytes / free_bytes)
    if rounds == 1 and total_bytes <= _MIN_PARALLEL_BYTES:
        return 1
    return min(jobs * rounds, _MAX_BUCKETS)


def choose_part_rows(memory: int, bucket_count: int) -> int:
    """How many rows a part of a table has: a merge has a part of every bucket in memory."""
    fitting_rows = int(memory * _AT_HAND_SHARE) // (_MERGED_ROW_BYTES * bucket_count)
    return max(min(fitting_rows, MAX_PART_ROWS), _MIN_PART_ROWS)
