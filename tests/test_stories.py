"""Golden stories: every file that a run writes is, byte for byte, the one in fixtures/runs/<story>/expected.

To bless what the program writes now: ``python -m tests.tables --bless [STORY…]``, then read the difference.
"""

import functools
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

from tests import tables

PERSONAL = re.compile(r"Buyer \d+|\d+ Example St|Other Rd|@marketplace|555-555|例示")


class StoryRun(NamedTuple):
    """A story's exit status, what it printed, and what it wrote, by path below ``out``."""

    status: int
    printed: str
    written: dict[str, bytes]
    out: Path


def run(story, out):
    return StoryRun(*tables.run_story(story, out), tables.outputs(out) if out.is_dir() else {}, out)


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """The run of a story; each is run once for all tests."""
    return functools.cache(lambda story: run(story, tmp_path_factory.mktemp(story.name) / "out"))


def lines(data):
    """Every byte, in lines that a difference can be read in."""
    return data.decode("utf-8", "backslashreplace").split("\n")


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_story(story, first_run):
    written = first_run(story).written
    expected = tables.outputs(story / "expected")
    assert sorted(written) == sorted([*expected, tables.PAGE])
    for name, data in expected.items():
        assert lines(written[name]) == lines(data), name


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_exit_status(story, first_run):
    assert first_run(story).status == tomllib.loads((story / "run.toml").read_text("utf-8"))["status"]


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_no_personal_data_leaves(story, first_run):
    first = first_run(story)
    assert first.status in (0, 1, 3)
    assert not PERSONAL.search(first.printed)
    for name, data in first.written.items():
        assert name.startswith("rejected/") or not PERSONAL.search(data.decode()), name


AGAIN = ("calm", "claims", "demo", "nothing-usable")  # in the quick suite: each command, and each way to end


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(story, marks=() if story.name in AGAIN else pytest.mark.slow, id=story.name)
        for story in tables.stories()
    ],
)
def test_same_again(story, first_run):
    first = first_run(story)
    again = run(story, first.out)  # over its own output
    assert (again.status, again.written) == (first.status, first.written)


@pytest.mark.parametrize("story", tables.stories(), ids=lambda story: story.name)
def test_parquet_says_what_the_text_says(story, first_run):
    out = first_run(story).out
    for name in ("findings", "orders"):
        path = out / "reports" / f"{name}.tsv"
        if path.is_file():
            header, *rows = path.read_text("utf-8").removesuffix("\n").split("\n")
            table = pq.read_table(path.with_suffix(".parquet"))
            assert table.column_names == header.split("\t")
            assert table.num_rows == len(rows)
            texts = [name for name in table.column_names if str(table.schema.field(name).type) == "string"]
            for row, line in zip(table.select(texts).to_pylist(), rows, strict=True):
                cells = dict(zip(header.split("\t"), line.split("\t"), strict=True))
                assert {name: value or "" for name, value in row.items()} == {name: cells[name] for name in texts}
