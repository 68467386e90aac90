"""The laws hold for an audit too: any bytes in, every line counted, nothing personal out, the same for any split."""

import dataclasses
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import policy
from pipeline.app import audit_job
from pipeline.ingest import plan, sources
from pipeline.model.account import Account
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


def audited(files):
    """What an audit of the files makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        context = RunContext(tables.AS_OF, Account(), policy.load_policy("amazon"))
        with tempfile.TemporaryDirectory() as scratch:
            found = sources.discover_sources([folder], scratch)
            return audit_job.audit_files(split_pass.plan_files(found, context), context)


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


def test_splits_change_nothing(monkeypatch, tmp_path):
    whole = audited(WHOLE)
    monkeypatch.setattr(plan, "SPLIT_SIZE", 5000)
    parted = audited(WHOLE)
    assert max(len(one.splits) for one in parted.plans) > 1
    for name, settled in (("one", whole), ("two", parted)):
        publish_audit(settled, tmp_path / name)
    assert tables.outputs(tmp_path / "one") == tables.outputs(tmp_path / "two")
    assert dataclasses.replace(parted, plans=whole.plans).kind_profiles == whole.kind_profiles
