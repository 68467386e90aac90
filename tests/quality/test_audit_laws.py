"""The laws hold for an audit too: any bytes in, every line counted, nothing personal out, the same for any split."""

import dataclasses
import functools
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import policy
from pipeline.app import audit_flow
from pipeline.engine import SpillStore, ThreadEngine, partition
from pipeline.flow import ExecutionPlan
from pipeline.ingest import sources
from pipeline.model.account import Account
from pipeline.model.chunked_rows import InMemoryRows
from pipeline.model.profiles import PastRun
from pipeline.model.run_context import RunContext
from pipeline.passes import split_pass
from pipeline.publish import publish_audit
from pipeline.quality import compare
from schemas import kinds
from tests import strategies, tables

MARK = "Zoë Quillfeather"
KINDS = ("unshipped", "orders", "all-orders", "confirmation")


def written(kind):
    """A file of the kind with every column there is, the buyer's marked."""
    columns = kinds.find_kind(kind).columns
    cells = {
        column.name: MARK if column.personal else "x" for column in columns if column.personal or column.audit_only
    }
    rows = [{name: f"={text}" for name, text in cells.items()} | {"order-id": str(at)} for at in range(1, 13)]
    rows.append(rows[0] | {"sku": "(empty)"})
    return tables._written(kind, rows, tables.AS_OF)


WHOLE = {f"{kind}.txt": written(kind) for kind in KINDS}


def audited(files, split_size=None, parts=1, jobs=1, *, on_disk=False):
    """What an audit of the files makes of them, its texts and orders counted in so many parts."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        context = RunContext(tables.AS_OF, Account(), policy.load_policy("amazon"))
        with tempfile.TemporaryDirectory() as scratch:
            found = sources.discover_sources([folder], scratch)
            planned = split_pass.plan_files(found, context, split_size)
            buckets = partition.choose_buckets(planned.plans, np.zeros(0, np.int64), parts)
            spool = SpillStore(scratch if on_disk else None, 1 << 20)
            audit = audit_flow.audit_files(planned, context, ExecutionPlan(ThreadEngine(jobs), buckets, spool))
            kept = InMemoryRows(pa.concat_tables(audit.tables["findings"].iter_chunks()))
            return dataclasses.replace(audit, tables={"findings": kept})


def conserved(settled):
    for tally in settled.tallies:
        fates = (tally.accepted, tally.rejected, tally.skipped, tally.unreadable)
        assert sum(fates) == tally.lines - tally.header - tally.blank
        assert min(fates) >= 0


@pytest.mark.slow
@settings(max_examples=15)
@given(st.data())
def test_spoiled_files_are_audited_and_counted(data):
    names = data.draw(st.sets(st.sampled_from(sorted(WHOLE)), min_size=1, max_size=2))
    settled = audited({name: data.draw(strategies.spoiled(WHOLE[name])) for name in sorted(names)})
    conserved(settled)
    before = PastRun(
        "2026-03-01T00:00:00Z", {}, compare.summarize_run(audited({"unshipped.txt": WHOLE["unshipped.txt"]}))
    )
    publish_audit(compare.compare_run(settled, [before]), "out", dry_run=True)


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(strategies.NOISE, min_size=1, max_size=2), st.sampled_from(sorted(strategies.HEADERS)))
def test_any_bytes_below_a_header_are_audited_and_counted(noise, kind):
    header = "\t".join(strategies.HEADERS[kind]).encode() + b"\n"
    settled = audited({f"{number}.txt": header + data for number, data in enumerate(noise)})
    conserved(settled)
    publish_audit(settled, "out", dry_run=True)


def test_nothing_about_the_buyer_is_written(tmp_path):
    assert all(MARK.encode() in data for data in WHOLE.values())
    broken = b"\n".join([WHOLE["unshipped.txt"].split(b"\n")[0], *[MARK.encode() + b"\t" + MARK.encode()] * 9, b""])
    settled = audited(WHOLE | {"broken.txt": broken})
    publish_audit(settled, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or MARK.encode() not in path.read_bytes(), path
    assert MARK not in str(compare.summarize_run(settled))


def outputs_of(audit):
    with tempfile.TemporaryDirectory() as folder:
        publish_audit(dataclasses.replace(audit, plans=unsplit(audit.plans)), Path(folder) / "out")
        return tables.outputs(Path(folder) / "out")


def unsplit(plans):
    return tuple(dataclasses.replace(plan, splits=()) for plan in plans)


PROMOTIONS = {
    "orders.txt": tables._written(
        "orders",
        [
            {"order-id": "1", "order-item-id": "1", "item-promotion-discount": "-1.00"},
            {
                "order-id": "1",
                "order-item-id": "1",
                **dict.fromkeys(("purchase-date", "sku", "quantity-purchased"), "(empty)"),
                "item-promotion-discount": "-2.50",
            },
        ],
        tables.AS_OF,
    )
}


@functools.cache
def whole(name):
    """The outputs of an audit in one piece."""
    return outputs_of(audited(FILES[name]))


FILES = {
    "every column": WHOLE,
    "a damaged one": WHOLE | {"orders.txt": WHOLE["orders.txt"].replace(b"\t", b"", 30)},
    "promotions": PROMOTIONS,
    "one account twice": {f"{number}.txt": data for number, data in enumerate([*WHOLE.values()] * 2)},
}


@pytest.mark.slow
def test_splits_and_waiting_on_the_disk_change_nothing():
    assert outputs_of(audited(WHOLE, 5000, 3, 2, on_disk=True)) == whole("every column")


@pytest.mark.slow
@settings(max_examples=5)
@given(
    name=st.sampled_from(sorted(FILES)),
    split_size=st.sampled_from([None, 2500, 5000]),
    parts=st.integers(1, 7),
    jobs=st.integers(1, 3),
    on_disk=st.booleans(),
)
def test_splits_parts_jobs_and_memory_change_nothing(name, **given_resources):
    assert outputs_of(audited(FILES[name], **given_resources)) == whole(name)


def test_the_range_of_a_column_is_that_of_its_cells():
    """Also where a line that continues another adds its promotion to that one's."""
    (kind,) = audited(PROMOTIONS).kind_profiles
    (column,) = [one for one in kind.columns if one.name == "item-promotion-discount"]
    assert (column.least, column.most, column.filled) == ("-2.50", "-1.00", 2)
