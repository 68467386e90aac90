"""A split is read the same, whether its lines are found to be clean or are made even, and in blocks of any size."""

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pipeline import policy
from pipeline.ingest import cell_table, group_text, line_scan, plan, read
from pipeline.model import account
from pipeline.model.file_plan import InputFile
from pipeline.model.run_context import RunContext
from pipeline.model.split_groups import group_splits
from pipeline.utils import byte_search
from tests import strategies

CONTEXT = RunContext(dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC), account.Account(), policy.load_policy("amazon"), "")
HEADER = b"sku\tquantity\tcounted-at"
CELLS = st.sampled_from([b"a", b"", b" ", b" a", b"a ", b"a b", b"\xc3\xa9", b"x\ry", b"\x01", b"\x0b", b"long" * 9])
LINES = st.lists(CELLS, min_size=0, max_size=5).map(b"\t".join)
EVEN = st.lists(CELLS.filter(lambda cell: cell > b" "), min_size=3, max_size=3).map(b"\t".join)
ENDS = st.sampled_from([b"\n", b"\r\n"])


def told(path, data):
    """What is read of a file, and of what it says where."""
    path.write_bytes(data)
    made, _ = plan.plan_file(0, InputFile("some.txt", str(path), str(path)), CONTEXT)
    read_of = [read.read_group(group, made.kind.columns) for group in group_splits([made])]
    return [(*(part.to_dict("list") for part in one[:2]), *map(list, one[2:5]), one.layout) for one in read_of]


@strategies.law(
    30,
    st.lists(st.tuples(LINES | EVEN, ENDS), max_size=8) | st.lists(st.tuples(EVEN, ENDS), max_size=30),
    st.just(b"") | LINES | EVEN | st.just(b"a\t1\tb\r"),
    st.integers(8, 64),
)
def test_clean_lines_are_those_that_even_ones_would_be(lines, last, block):
    data = HEADER + b"\n" + b"".join(line + end for line, end in lines) + last
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.txt"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(read, "_parse_even_lines", lambda *_: None)
            expected = told(path, data)
        assert told(path, data) == expected
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cell_table, "_BLOCK", block)
            patch.setattr(byte_search, "BLOCK_BYTES", block)
            assert told(path, data) == expected


@pytest.mark.parametrize(
    ("data", "clean"),
    [
        (b"a\t1\tb\r\nc\t2\td\r\n", True),
        (b"a\t1\tb\nc\t2\td", True),
        (b"a\t\t\nc\t2\td\n", True),
        (b"a\t1\tb\t\nc\t2\td\t\n", True),
        (b"a\t1\tb\rc\t2\td\n", False),
        (b"a\t1\tb\n\tc\td\n", False),
        (b"a\t1\tb\n c\t2\td\n", False),
        (b"a\t1\x01\tb\n", False),
        (b"a\t1\n", False),
        (b"a\t1\tb\r", False),
    ],
)
def test_what_is_clean(data, clean):
    assert line_scan.scan_lines(group_text.end_last_line(data)).is_even(HEADER.count(b"\t") + 1) == clean
