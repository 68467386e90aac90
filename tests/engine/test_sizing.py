"""Into how many ranges orders are spread, and when they wait on the disk."""

import contextlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.app import resources
from pipeline.engine import memory_budget, partition, threads
from pipeline.model.file_plan import FilePlan, InputFile
from schemas import kinds

MIB, BYTES = 1 << 20, 400


def plan(lines):
    """A confirmation of so many lines."""
    kind = kinds.find_kind("confirmation")
    return FilePlan(0, InputFile("c.txt", "c.txt", "c.txt"), kind, "utf-8", "", lines * BYTES, lines)


def told(lines, **given):
    """Where a job of so many lines is done, two cores given."""
    with resources.prepare_execution(
        resources.Resources(jobs=2, **given), [plan(lines)], (partition.sample_order_keys([]), 0), "scratch"
    ) as setting:
        return setting


@given(
    lines=st.integers(1, 10**8),
    items=st.integers(0, 10**7),
    memory=st.integers(64 * MIB, 1 << 36),
    jobs=st.integers(1, 64),
)
def test_what_is_judged_at_a_time_fits_beside_what_waits(lines, items, memory, jobs):
    need, waits = (
        memory_budget.estimate_total_bytes([plan(lines)], items),
        memory_budget.estimate_waiting_bytes([plan(lines)], items),
    )
    beside = waits if memory_budget.fits_in_memory(waits, memory) else 0
    number = memory_budget.choose_bucket_count(need, beside, memory, jobs)
    assert 1 <= number <= 1 << 12
    if number < 1 << 12:
        assert beside + (need - beside) * min(jobs, number) / number <= memory


@given(memory=st.integers(128 * MIB, 1 << 36), number=st.integers(1, 1 << 12))
def test_parts_at_hand_of_all_buckets_fit(memory, number):
    rows = memory_budget.choose_part_rows(memory, number)
    assert 1 << 8 <= rows <= memory_budget.MAX_PART_ROWS
    assert rows == 1 << 8 or rows * number * BYTES <= memory
    assert rows == memory_budget.choose_part_rows(2 * memory, 2 * number)


def test_open_items_wait_on_the_disk_before_they_take_more_than_is_given():
    """In memory, two million of them with what is found about them took 2,900 MiB."""
    waits = memory_budget.estimate_waiting_bytes([], 2_000_000)
    assert not memory_budget.fits_in_memory(waits, resources.DEFAULT_MEMORY)


@pytest.mark.parametrize(("lines", "far"), [(1_500 * 512, False), (1_600 * 512, True)])
def test_rows_wait_in_memory_up_to_what_readme_says(lines, far, monkeypatch):
    monkeypatch.setattr(resources, "choose_buckets", lambda *_: partition.Buckets(partition.sample_order_keys([])))
    assert (told(lines, memory=512 * MIB).spool.folder is not None) == far


def test_tasks_write_the_ledger_where_they_are_several_and_few(monkeypatch):
    monkeypatch.setattr(resources, "choose_buckets", lambda *_: partition.Buckets(partition.sample_order_keys([])))
    assert not told(1_000).attempt
    assert told(2_000_000).attempt
    assert not told(9_000_000).attempt


def test_so_many_cores_are_used_and_then_as_many_as_before():
    before = pa.cpu_count()
    with contextlib.suppress(ZeroDivisionError), threads.use_cores(1) as number:
        assert number == pa.cpu_count() == 1
        assert 1 / 0
    assert pa.cpu_count() == before
    with threads.use_cores(None) as number:
        assert number == before
