"""Law 2: into how many buckets the orders are spread, and where these wait, does not show in a byte of any output."""

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.app import resources
from pipeline.cli import main
from pipeline.engine import merge_sorted, partition, spill
from pipeline.utils.arrow import to_frame
from schemas.confirmation import COPY_COLUMNS
from tests import nights, tables
from tests.house import CONFIRMATION, NIGHTS, written

MANY = ("claims", "demo")  # stories that are worth many buckets
QUICK = ("demo", "damaged")  # the others hold few orders, or the same kinds of file
EACH = [(story, 3, True) for story in tables.stories() if story.name in QUICK]
MORE = [(story, 3, True) for story in tables.stories() if story.name not in QUICK]
MORE += [(story, 2, False) for story in tables.stories()]
MORE += [(story, 20, True) for story in tables.stories() if story.name in MANY]


def name(value):
    return getattr(value, "name", None) or {False: "in-memory", True: "on-disk"}.get(
        value if isinstance(value, bool) else None, str(value)
    )


EVERY = [*EACH, *(pytest.param(*one, marks=pytest.mark.slow) for one in MORE)]


@pytest.fixture
def spread(monkeypatch):
    """Says into how many buckets the orders of what is run next are spread, and whether these wait on the disk."""

    def say(number, disk):
        monkeypatch.setattr(resources, "choose_bucket_count", lambda *_: number)
        monkeypatch.setattr(resources, "fits_in_memory", lambda *_: not disk)

    return say


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What each story writes where all its orders are judged at once."""
    known = {}

    def outputs_of(story):
        if story not in known:
            out = tmp_path_factory.mktemp(story.name) / "out"
            tables.run_story(story, out)
            known[story] = content(out)
        return known[story]

    return outputs_of


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("story", "number", "disk"), EVERY, ids=name)
def test_a_story_is_the_same_in_buckets(story, number, disk, whole, spread, tmp_path):
    expected = whole(story)
    spread(number, disk)
    tables.run_story(story, tmp_path / "out")
    spread_out = content(tmp_path / "out") if (tmp_path / "out").exists() else {}
    assert sorted(spread_out) == sorted(expected)
    assert [path for path, data in spread_out.items() if data != expected[path]] == []


@pytest.mark.slow
@pytest.mark.parametrize("story", nights.stories(), ids=lambda story: story.name)
def test_nights_are_the_same_in_buckets(story, spread, tmp_path):
    once = nights.tell(story, tmp_path / "once")
    spread(5, disk=True)
    assert nights.tell(story, tmp_path / "spread") == once


def simulated(folder, seed):
    words = ["--orders", "300", "--nights", "3", "--seed", str(seed), "--dirty", "6%", "--marketplaces", "US,JP"]
    assert CliRunner().invoke(main, ["simulate", *words, "--out", str(folder)]).exit_code == 0


def run_nights(folder, home):
    """What each night of a made-up seller wrote, with a ledger, and all that the ledger holds behind them."""
    from pipeline.ledger.snapshot import LedgerSnapshot
    from pipeline.ledger.tables import DATA_TABLES
    from pipeline.utils import arrow

    outputs = []
    for line in (folder / "nights.tsv").read_text("utf-8").splitlines()[1:]:
        night, as_of = line.split("\t")[:2]
        shutil.rmtree(home / "out", ignore_errors=True)
        words = ["run", str(folder / night), "--as-of", as_of, "--out", str(home / "out"), "--ledger", str(home / "l")]
        result = CliRunner().invoke(main, words)
        assert result.exit_code in (0, 1), result.output
        outputs.append(content(home / "out"))
    ledger = LedgerSnapshot(str(home / "l"))
    rows = {
        table.name: arrow.to_table(ledger.read_rows(table), table.schema.names).to_pylist() for table in DATA_TABLES
    }
    return outputs, {name: sorted(map(repr, each)) for name, each in rows.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_seller_is_the_same_in_buckets(seed, spread, tmp_path):
    simulated(tmp_path / "seller", seed)
    (tmp_path / "once").mkdir()
    (tmp_path / "spread").mkdir()
    once, remembered = run_nights(tmp_path / "seller", tmp_path / "once")
    spread(4, disk=True)
    again, also = run_nights(tmp_path / "seller", tmp_path / "spread")
    for night, (one, other) in enumerate(zip(once, again, strict=True), 1):
        assert [(night, path) for path in one | other if one.get(path) != other.get(path)] == []
    assert remembered == also


def test_rows_without_an_order_id_are_spread_and_compared_all_the_same(spread, tmp_path):
    """Equal ones are duplicates however far apart they stand, and with a ship-date that is written otherwise."""
    given = tmp_path / "given"
    given.mkdir()
    rows = [["", "", "1", "2026-03-05", "GLS", "", f"TRACK{number:05d}", ""] for number in range(3000)]
    rows += [[*rows[7][:3], "20260305", *rows[7][4:]], rows[2500]]
    written(given / "confirmation.txt", CONFIRMATION, rows)

    def run():
        words = ["run", str(given), "--as-of", NIGHTS[0], "--no-ledger", "--out", str(tmp_path / "out")]
        assert CliRunner().invoke(main, words).exit_code == 1
        return content(tmp_path / "out")

    expected = run()
    spread(5, disk=True)
    assert run() == expected
    lines = expected[Path("reports/findings.tsv")].decode().splitlines()
    copies = [cells[1] for cells in (line.split("\t") for line in lines) if "SHP-107" in cells]
    assert copies == ["3002", "3003"]


def test_rows_without_an_order_id_fill_all_buckets():
    texts = {name: [f"{name} {number}" for number in range(4000)] for name in COPY_COLUMNS}
    columns = texts | {"order_key": pa.nulls(4000, pa.int64()), "line": range(4000), "unreadable": [False] * 4000}
    rows = to_frame(pa.table({name: pa.array(values) for name, values in columns.items()}))
    for named in (rows, rows.drop(columns="tracking-number")):  # the second are no confirmations
        bucket_ids = partition.assign_rows(partition.Buckets(np.arange(1, 4)), named)
        assert np.bincount(bucket_ids, minlength=4).min() > 900


WORDS = st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from("abc"))
SCHEMA = pa.schema([("one", pa.int64()), ("two", pa.int64()), ("text", pa.string()), ("run", pa.int64())])


@given(runs=st.lists(st.tuples(st.lists(WORDS), st.lists(st.integers(0, 4))), max_size=5))
def test_runs_are_merged_as_if_they_were_sorted_at_once(runs):
    def table(rows):
        columns = list(zip(*rows, strict=True)) or [[]] * 4
        return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)

    every, parts = [], []
    for number, (rows, sizes) in enumerate(runs):
        numbered = [(*row, number) for row in sorted(rows)]
        every += numbered
        cuts = [sum(sizes[:at]) for at in range(len(sizes))]
        ends = [*cuts[1:], len(numbered)]
        parts.append(
            iter([table(numbered[begin:end]) for begin, end in zip(cuts or [0], ends or [len(numbered)], strict=True)])
        )
        parts[-1] = iter([table(numbered[: (cuts or [0])[0]]), *parts[-1]])
    merged = [
        tuple(row.values())
        for part in merge_sorted.merge_runs(parts, ("one", "two", "text"))
        for row in part.to_pylist()
    ]
    assert merged == sorted(every)


def test_of_each_run_one_part_is_at_hand():
    """With a hundred buckets in 128 MiB, all rows of an output were at hand at once."""
    run_count, part_rows, part_count = 40, 50, 8
    loaded = yielded = 0

    def read_run(number):
        nonlocal loaded
        for begin in range(0, part_rows * part_count, part_rows):
            loaded += part_rows
            yield pa.table({"one": pa.array([run_count * row + number for row in range(begin, begin + part_rows)])})

    for part in merge_sorted.merge_runs([read_run(number) for number in range(run_count)], ("one",)):
        yielded += len(part)
        assert loaded - yielded <= run_count * part_rows
        assert part["one"].to_pylist() == list(range(yielded - len(part), yielded))
    assert yielded == run_count * part_rows * part_count


@pytest.mark.parametrize("folder", [False, True])
def test_what_is_put_away_comes_back(folder, tmp_path):
    place = spill.SpillStore(str(tmp_path) if folder else None)
    table = pa.table({"at": list(range(10)), "text": [str(at) for at in range(10)]})
    piece = place.store_parts("some", [table.slice(*cut) for cut in ((0, 0), (0, 3), (3, 0), (3, 7))], table.schema)
    assert [piece.read_part(at).num_rows for at in range(4)] == [0, 3, 0, 7]
    assert pa.concat_tables(piece.iter_parts()).equals(table)
    assert [part.num_rows for part in spill.chain_tables([piece, piece], table.schema).iter_chunks()] == [20]
    assert bool(list(tmp_path.iterdir())) == folder
    assert piece.pop_part(3).num_rows == 7
    assert piece.read_part(3).num_rows == (7 if folder else 0)


PIECES = st.sampled_from(["111-1234567-1234567", "222-7654321-0000000", "111-1234567-123456", "-", "1", "\t", "x", ""])


@given(st.lists(PIECES, max_size=12).map("".join))
def test_order_ids_are_found_between_anything_but_digits(text):
    padded = b"\n" + text.encode() + b"\n" * 20
    found = [bytes(row).decode() for row in partition.find_ids(np.frombuffer(padded, np.uint8))]
    assert found == re.findall("(?<![0-9])[0-9]{3}-[0-9]{7}-[0-9]{7}(?![0-9])", text)
