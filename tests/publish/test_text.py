import datetime as dt
import decimal
import re
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.files import cells as files_cells

INSTANT = pa.timestamp("us", "UTC")
instants = st.none() | st.datetimes(timezones=st.just(dt.UTC))
cell = st.none() | st.text(st.sampled_from("ab é‹語\t\r\n\"'\x0b\x1f\x85\u2028"))


def slowly(instant):
    """The same without tables."""
    return None if instant is None else instant.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


@given(st.lists(instants))
def test_instants(values):
    assert files_cells.format_cells(pa.array(values, INSTANT)).to_pylist() == [slowly(value) for value in values]


@given(st.lists(instants, min_size=2), st.data())
def test_instants_of_a_slice(values, data):
    begin = data.draw(st.integers(0, len(values)))
    part = pa.array(values, INSTANT).slice(begin, 3)
    assert files_cells.format_cells(part).to_pylist() == [slowly(value) for value in values[begin : begin + 3]]


def test_the_same_instant_again_and_again():
    now = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)
    assert files_cells.format_cells(pa.array([now] * 3, INSTANT)).to_pylist() == ["2026-03-10T07:00:00Z"] * 3


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([dt.date(2026, 3, 9), None, dt.date(1, 1, 1)], pa.date32(), ["2026-03-09", None, "0001-01-01"]),
        ([7, None, -1], pa.int64(), ["7", None, "-1"]),
        ([decimal.Decimal("1.50"), None], pa.decimal128(20, 2), ["1.50", None]),
        ([None, None], pa.null(), [None, None]),
        ([], INSTANT, []),
    ],
)
def test_other_values(values, kind, expected):
    assert files_cells.format_cells(pa.array(values, kind)).to_pylist() == expected


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[cell] * width), max_size=8)), st.data())
def test_lines(rows, data):
    begin = data.draw(st.integers(0, len(rows)))
    width = len(rows[0]) if rows else 2
    columns = [pa.array([row[at] for row in rows], pa.string()).slice(begin) for at in range(width)]
    made = files_cells.encode_lines([files_cells.format_cells(column) for column in columns]).to_pybytes().decode()
    expected = [[plain(value) for value in row] for row in rows[begin:]]
    assert made == "".join("\t".join(row) + "\n" for row in expected)


def plain(value):
    return (value or "").replace("\r\n", " ").replace("\t", " ").replace("\r", " ").replace("\n", " ")


@given(st.lists(st.tuples(*[st.none() | st.text("aé", max_size=5)] * 3)))
def test_sizes_are_those_of_the_lines(rows):
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(3)]
    assert files_cells.measure_lines(columns).tolist() == [len("\t".join(map(plain, row)).encode()) + 1 for row in rows]


def test_flat():
    whole = pa.array(["a", "b"])
    assert files_cells.to_single_chunk(whole) is whole
    assert files_cells.to_single_chunk(pa.chunked_array([whole, whole])).to_pylist() == ["a", "b", "a", "b"]
    assert files_cells.to_single_chunk(pa.chunked_array([], pa.string())).to_pylist() == []


def test_a_name_that_is_no_text_is_shown_with_escapes():
    assert files_cells.escape_name("caf\udce9 語") == "caf\\udce9 語"


WIDE = "\uff1d\uff20\uff0b\uff0d"  # = @ + - as Japan types them
CORPUS = tomllib.loads((Path(__file__).parents[2] / "fixtures/awkward/injection.toml").read_text("utf-8"))


@pytest.mark.parametrize("cell", [*CORPUS["formula"], "=", "@", "+x", "-x", "'+1", "''=", "-1-1", f"{WIDE[1]}x"])
def test_a_spreadsheet_finds_no_formula(cell):
    shown = files_cells.escape_formulas(pa.array(["a", None, cell]))[2].as_py()
    assert shown == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=b", "-1", "+5", "-1.50", "-1,5", "-", "'tis", "1", "é", "’=", "　=1"])
def test_other_cells_stay_as_they_are(cell):
    assert files_cells.escape_formulas(pa.array([cell, "=1"]))[0].as_py() == cell


@given(st.lists(st.text(f"'=+-@1.a {WIDE[0]}", max_size=6), max_size=5))
def test_a_cell_can_be_read_back(cells):
    shown = files_cells.escape_formulas(pa.array(cells, pa.string())).to_pylist()
    assert [re.sub(f"^'(?='*[=@+{WIDE}-])", "", cell) for cell in shown] == cells
    assert not any(re.match(f"[=@{WIDE}]|[+-](?![0-9]+([.,][0-9]+)*$|$)", cell) for cell in shown)
