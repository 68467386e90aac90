"""Golden stories: every file that a run writes is, byte for byte, the one in fixtures/runs/<story>/expected.

To bless what the program writes now: ``python -m tests.tables --bless [STORY…]``, then read the difference.
"""

import re
import tomllib

import pytest

from tests import tables

PERSONAL = re.compile(r"Buyer \d+|\d+ Example St|Other Rd|@marketplace|555-555|例示")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a story writes, and its exit status; each is run once."""
    known = {}

    def tell(story):
        if story not in known:
            out = tmp_path_factory.mktemp(story.name) / "out"
            known[story] = (*tables.tell(story, out), tables.outputs(out) if out.is_dir() else {})
        return known[story]

    return tell


def lines(data):
    """Every byte, in lines that a difference can be read in."""
    return data.decode("utf-8", "backslashreplace").split("\n")


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_story(story, told):
    _, _, written = told(story)
    expected = tables.outputs(story / "expected")
    assert sorted(written) == sorted([*expected, tables.PAGE])
    for name, data in expected.items():
        assert lines(written[name]) == lines(data), name


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_exit_status(story, told):
    assert told(story)[0] == tomllib.loads((story / "run.toml").read_text("utf-8"))["status"]


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_no_personal_data_leaves(story, told):
    status, printed, written = told(story)
    assert status in (0, 1, 3)
    assert not PERSONAL.search(printed)
    for name, data in written.items():
        assert name.startswith("rejected/") or not PERSONAL.search(data.decode()), name


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_same_again(story, told, tmp_path):
    first = told(story)
    tables.tell(story, tmp_path / "out")
    again = tables.tell(story, tmp_path / "out")  # over its own output
    written = tables.outputs(tmp_path / "out") if (tmp_path / "out").is_dir() else {}
    assert (again[0], written) == (first[0], first[2])


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_parquet_says_what_the_text_says(story, tmp_path):
    import pyarrow.parquet as pq

    tables.tell(story, tmp_path / "out")
    for name in ("findings", "orders"):
        path = tmp_path / "out" / "reports" / f"{name}.tsv"
        if path.is_file():
            header, *rows = path.read_text("utf-8").removesuffix("\n").split("\n")
            table = pq.read_table(path.with_suffix(".parquet"))
            assert table.column_names == header.split("\t")
            assert table.num_rows == len(rows)
            texts = [name for name in table.column_names if str(table.schema.field(name).type) == "string"]
            for row, line in zip(table.select(texts).to_pylist(), rows, strict=True):
                cells = dict(zip(header.split("\t"), line.split("\t"), strict=True))
                assert {name: value or "" for name, value in row.items()} == {name: cells[name] for name in texts}
