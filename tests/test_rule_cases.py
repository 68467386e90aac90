"""Every row of every table in fixtures/rules is a test: the line gets the codes it must get and no other."""

import re
import tomllib

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from tests import tables

EVENTS = ("AMZ", "NTF", "ACK-606")  # happen between commands and Amazon, and are found in no line: see tests/amazon


def list_slow():
    """A rule's tables of nights but its first: nights cost a run of the command each."""
    codes = set()
    for path in sorted(tables.tables(), key=lambda path: path.stem):
        if tables.read(path).nights:
            if path.stem[:7] in codes:
                yield path
            codes.add(path.stem[:7])


SLOW = set(list_slow())


def give(path, *values, name):
    return pytest.param(path, *values, id=name, marks=pytest.mark.slow if path in SLOW else ())


each_case = pytest.mark.parametrize(
    ("path", "case"),
    [give(path, case, name=f"{path.stem}-{case.line}") for path in tables.tables() for case in tables.read(path).cases],
)
each_table = pytest.mark.parametrize("path", [give(path, name=path.stem) for path in tables.tables()])


@each_case
def test_line(path, case):
    judges = tables.read(path).judges
    found = {code for code in tables.ran(path).codes(*case.place) if judges(code)}
    if not case.exactly:
        found &= case.expect
    assert sorted(found) == sorted(case.expect), f"{case.file}:{case.file_line} {case.cells}"


@each_table
def test_nothing_else_is_found(path):
    table, outcome = tables.read(path), tables.ran(path)
    places = {case.place for case in table.cases}
    rest = [one for one in outcome.findings if one.place not in places]
    headers = {one.file: frozenset(outcome.codes(one.file, 1)) for one in rest if one.line == 1}
    assert headers == table.headers
    rest = [one for one in rest if one.line != 1 and table.judges(one.code)]
    assert {one.code for one in rest if one.file.startswith(tables.LEDGER)} == table.ledger
    assert [one for one in rest if not one.file.startswith(tables.LEDGER)] == []


@each_table
def test_a_row_is_rejected_for_an_error_and_only_then(path):
    outcome = tables.ran(path)
    bad = {(one.file, one.line) for one in outcome.findings if one.severity == "error"}
    for kind in tables.UPLOADS:
        for place, accepted in outcome.accepted(kind).items():
            assert accepted == (place not in bad), place


@each_table
def test_severities_are_those_of_the_contract(path):
    for one in tables.ran(path).findings:
        allowed = {tables.severities()[one.code]}
        if one.code.startswith("FMT") and not one.file.startswith(tables.UPLOADS):
            allowed.add("warning")  # of a column that the file need not have
        if one.code == "FIL-003" and one.file.startswith("confirmation"):
            allowed = {"warning"}
        assert one.severity in allowed, one


@each_table
def test_lines_are_conserved(path):
    for name, tally in tables.ran(path).tallies.items():
        outcomes = tally.accepted + tally.rejected + tally.skipped + tally.unreadable
        assert tally.lines - tally.header - tally.blank == outcomes, name


def codes():
    """Every code of the rule book, as the program lists it."""
    return re.findall(r"^([A-Z]{3}-[0-9]{3})\b", CliRunner().invoke(main, ["rules"]).output, re.MULTILINE)


def rows_of(code):
    """What the tables of a code expect, row by row; of files as a whole, case by case (see test_awkward)."""
    for path in (tables.FIXTURES / "rules").glob(f"{code}*.t*"):
        if path.suffix == ".toml":
            yield from (set(re.findall(r"[A-Z]{3}-[0-9]{3}", str(case.get("expect", "")))) for case in _cases(path))
        else:
            table = tables.read(path)
            yield from (case.expect for case in table.cases)
            yield from (*table.headers.values(), table.ledger)


def _cases(path):
    return tomllib.loads(path.read_text("utf-8"))["case"]


def test_the_rule_book_is_listed():
    assert sorted(codes()) == sorted(tables.severities())


@pytest.mark.parametrize("code", [code for code in codes() if not code.startswith(EVENTS)])
def test_every_code_has_its_table(code):
    """And the table knows both sides: what gets the code, and what does not."""
    found = [code in expected for expected in rows_of(code)]
    assert found, f"{code} has no table: fixtures/rules/{code}.tsv"
    assert {True, False} <= set(found)
