"""The same rows reach the ledger as one table, piece by piece, and as files that workers have written."""

import json
import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from pipeline.ledger import commit, small_tables, staged_files
from pipeline.ledger.delta_tables import LedgerDamaged
from pipeline.ledger.lock import LedgerInUse
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.stored_rows import CHUNK_ROWS
from pipeline.ledger.tables import CONFIRMATIONS, ORDER_ITEMS, RUNS

MONTHS = ["2026-01", "2026-02", None]
RUN = {name: "" for name in RUNS.schema.names if name not in ("seq", "as_of", "versions")}


def items(first, count):
    """Order items of orders with the keys from ``first`` on, of three months in turn."""
    keys = pa.array(range(first, first + count), pa.int64())
    months = pa.array([MONTHS[number % 3] for number in range(first, first + count)], pa.string())
    return pa.table({"month": months, "order_key": keys, "item_key": keys, "sku": keys.cast(pa.string())})


def begun(folder):
    """A ledger in the folder, ready to be written to."""
    return commit.prepare_ledger(str(folder))[0]


def rows(url):
    held = LedgerSnapshot(str(url)).read_rows(ORDER_ITEMS).astype(object).to_dict("records")
    return sorted(map(repr, held))


def version(url, table=ORDER_ITEMS):
    return DeltaTable(f"{url}/{table.name}").version()


def named(url, table=ORDER_ITEMS):
    return [one.split("/")[-1] for one in DeltaTable(f"{url}/{table.name}").file_uris()]


def written(url, count, each, stem="run-1"):
    """Files of as many workers, each with so many orders."""
    return [
        one
        for worker in range(count)
        for one in staged_files.stage_files(str(url), ORDER_ITEMS, items(worker * each, each), 1, f"{stem}-{worker}")
    ]


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_table_pieces_of_it_and_files_are_the_same_rows(tmp_path, scheme):
    pieces = [items(0, 0), items(0, 40), items(0, 0), items(40, 20)]
    told = {
        "table": lambda _: pa.concat_tables(pieces),
        "pieces": lambda _: iter(pieces),
        "files": lambda url: pickle.loads(pickle.dumps(written(url, 3, 20))),  # noqa: S301  our own bytes
    }
    for name, made in told.items():
        (tmp_path / name).mkdir()
        ledger = begun(f"{scheme}{tmp_path / name}")
        assert commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: made(ledger.url)}) == 1
    one, two, three = (rows(tmp_path / name) for name in told)
    assert len(one) == 60
    assert one == two == three
    assert LedgerSnapshot(str(tmp_path / "files")).last == 1
    assert commit.prepare_ledger(str(tmp_path / "files"))[1] == ""


@pytest.mark.parametrize("none", [[], [items(0, 0)], iter([]), (items(0, 0) for _ in range(3)), items(0, 0)])
def test_nothing_is_committed_where_no_row_comes(tmp_path, none):
    assert commit.commit_run(begun(tmp_path), RUN, {ORDER_ITEMS.name: none}) == 1
    assert [version(tmp_path, table) for table in (ORDER_ITEMS, CONFIRMATIONS, RUNS)] == [0, 0, 1]


def test_pieces_that_break_off_leave_the_ledger_as_it_was(tmp_path):
    def broken():
        yield items(0, 9)
        raise OSError("the disk is gone")

    with pytest.raises(Exception, match="the disk is gone"):
        commit.commit_run(begun(tmp_path), RUN, {ORDER_ITEMS.name: broken()})
    ledger, forgotten = commit.prepare_ledger(str(tmp_path))
    assert (version(tmp_path), ledger.last, forgotten) == (0, 0, "")


def test_of_two_commits_of_files_from_one_version_the_second_fails(tmp_path):
    begun(tmp_path)
    one, two = LedgerSnapshot(str(tmp_path)), LedgerSnapshot(str(tmp_path))
    first, second = (written(tmp_path, 1, 9, stem) for stem in ("one", "two"))
    commit.commit_run(one, RUN, {ORDER_ITEMS.name: first})
    with pytest.raises(LedgerInUse, match="another run has committed"):
        commit.commit_run(two, RUN, {ORDER_ITEMS.name: second})
    assert len(rows(tmp_path)) == 9


def test_files_of_a_run_that_never_committed_are_seen_by_nobody_and_removed(tmp_path):
    ledger = begun(tmp_path)
    left = tmp_path / "order_items/month=2026-01/half.parquet#1"  # of a worker that was killed while it wrote
    lost = written(tmp_path, 2, 9, "lost")
    left.touch()
    commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: written(tmp_path, 2, 9, "kept")})
    assert len(rows(tmp_path)) == 18
    places = [tmp_path / "order_items" / one.path for one in lost]
    assert all(one.exists() for one in places)
    held = DeltaTable(f"{tmp_path}/order_items")
    held.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)
    assert not [one for one in places if one.exists()]
    assert len(rows(tmp_path)) == 18


def test_a_part_that_is_done_again_is_there_once(tmp_path):
    ledger = begun(tmp_path)
    first, again = written(tmp_path, 2, 9), written(tmp_path, 2, 9)
    assert [one._replace(written_ms=0) for one in first] == [one._replace(written_ms=0) for one in again]
    commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: again})
    assert len(rows(tmp_path)) == 18


def test_statistics_say_which_files_need_not_be_read(tmp_path, monkeypatch):
    monkeypatch.setattr(small_tables, "_SMALL_TABLE_ROWS", 0)
    ledger = begun(tmp_path)
    commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: written(tmp_path, 4, 30)})
    told = pa.table(DeltaTable(f"{tmp_path}/order_items").get_add_actions(flatten=True)).sort_by("path").to_pylist()
    told = {one["path"]: one for one in told if one["path"].startswith("month=2026-01/")}
    ends = [(one["min.order_key"], one["max.order_key"], one["null_count.order_key"]) for one in told.values()]
    assert ends == [(start, start + 27, 0) for start in (0, 30, 60, 90)]
    assert {(one["min.seq"], one["max.seq"], one["num_records"]) for one in told.values()} == {(1, 1, 10)}
    for path in told:
        if "run-1-2" not in path:
            (tmp_path / "order_items" / path).unlink()
    kept = LedgerSnapshot(str(tmp_path)).read_items(["2026-01"], range(60, 90))
    assert sorted(kept["order_key"]) == list(range(60, 90, 3))
    with pytest.raises(LedgerDamaged):
        LedgerSnapshot(str(tmp_path)).read_items(["2026-01"], range(30, 90))


def test_a_month_of_many_small_files_is_put_together(tmp_path, monkeypatch):
    ledger = begun(tmp_path)
    commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: written(tmp_path, 30, 9)})
    assert len(named(tmp_path)) == 3
    assert len(rows(tmp_path)) == 270
    monkeypatch.setattr(commit, "_SMALL_FILE_BYTES", 1)
    commit.commit_run(LedgerSnapshot(str(tmp_path)), RUN, {ORDER_ITEMS.name: written(tmp_path, 30, 9, "run-2")})
    assert len(named(tmp_path)) == 3 + 90


def test_a_file_is_whole_in_its_place_and_made_of_stretches(tmp_path):
    begun(tmp_path)
    many = (
        items(0, CHUNK_ROWS + 1).drop_columns("month").append_column("month", pa.array(["2026-01"] * (CHUNK_ROWS + 1)))
    )
    (one,) = staged_files.stage_files(str(tmp_path), ORDER_ITEMS, many, 1, "many")
    place = tmp_path / "order_items" / one.path
    assert (one.num_rows, one.size_bytes) == (CHUNK_ROWS + 1, place.stat().st_size)
    assert list(place.parent.iterdir()) == [place]
    parquet = pq.ParquetFile(place)
    assert [parquet.metadata.row_group(number).num_rows for number in range(2)] == [CHUNK_ROWS, 1]


def test_a_small_table_is_opened_and_read_once(tmp_path):
    ledger = begun(tmp_path)
    commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: written(tmp_path, 4, 30)})
    snapshot = LedgerSnapshot(str(tmp_path))
    before = snapshot.read_items(["2026-01"])
    elsewhere = pickle.loads(pickle.dumps(snapshot))  # noqa: S301 - its own
    for path in (tmp_path / "order_items").rglob("*.parquet"):
        path.unlink()
    assert snapshot.restrict_keys(0, 1 << 60).read_items(["2026-01"]).equals(before)
    with pytest.raises(LedgerDamaged):
        elsewhere.read_items(["2026-01"])


def test_pieces_are_written_to_one_file_a_month(tmp_path, monkeypatch):
    """The same rows under the same statistics, however many wait to be written."""
    ledger = begun(tmp_path)
    pieces = [items(0, 7), items(7, 0), items(7, 50)]
    whole, staged = staged_files.stage_files(ledger.url, ORDER_ITEMS, items(0, 57), 1, "whole"), []
    expected = {one.month: (one.num_rows, json.loads(one.statistics)) for one in whole}
    for most in (1, 10, 1000):
        monkeypatch.setattr(staged_files, "_MAX_PENDING_ROWS", most)
        staged = staged_files.stage_pieces(ledger.url, ORDER_ITEMS, pieces, 1, f"pieces-{most}")
        assert {one.month: (one.num_rows, json.loads(one.statistics)) for one in staged} == expected
    commit.commit_run(ledger, RUN, {ORDER_ITEMS.name: staged})
    assert len(rows(tmp_path)) == 57
