"""Every row of every table in fixtures/rules is a test: the line gets the codes it must get and no other."""

import pytest

from tests import tables

CASES = [(path, case) for path in tables.tables() for case in tables.read(path).cases]


@pytest.mark.parametrize(("path", "case"), CASES, ids=[f"{path.stem}-{case.line}" for path, case in CASES])
def test_line(path, case):
    judges = tables.read(path).judges
    found = {code for code in tables.ran(path).codes(case.file, case.file_line) if judges(code)}
    if not case.exactly:
        found &= case.expect
    assert sorted(found) == sorted(case.expect), f"{case.file}:{case.file_line} {case.cells}"


@pytest.mark.parametrize("path", tables.tables(), ids=lambda path: path.stem)
def test_nothing_else_is_found(path):
    table, outcome = tables.read(path), tables.ran(path)
    lines = {(case.file, case.file_line) for case in table.cases}
    headers = {file: frozenset(outcome.codes(file, 1)) for file in outcome.tallies}
    assert {file: codes for file, codes in headers.items() if codes} == table.headers
    assert {one.code for one in outcome.findings if one.file == "ledger" and table.judges(one.code)} == table.ledger
    rest = [
        one for one in outcome.findings if (one.file, one.line) not in lines and one.line != 1 and one.file != "ledger"
    ]
    assert [one for one in rest if table.judges(one.code)] == []


@pytest.mark.parametrize("path", tables.tables(), ids=lambda path: path.stem)
def test_a_row_is_rejected_for_an_error_and_only_then(path):
    outcome = tables.ran(path)
    bad = {(one.file, one.line) for one in outcome.findings if one.severity == "error"}
    for kind in tables.UPLOADS:
        for place, accepted in outcome.accepted(kind).items():
            assert accepted == (place not in bad), place


@pytest.mark.parametrize("path", tables.tables(), ids=lambda path: path.stem)
def test_severities_are_those_of_the_contract(path):
    for one in tables.ran(path).findings:
        said = {tables.severities()[one.code]}
        if one.code.startswith("FMT") and not one.file.startswith(tables.UPLOADS):
            said.add("warning")  # of a column that the file need not have
        if one.code == "FIL-003" and one.file.startswith("confirmation"):
            said = {"warning"}
        assert one.severity in said, one


@pytest.mark.parametrize("path", tables.tables(), ids=lambda path: path.stem)
def test_lines_are_conserved(path):
    for name, tally in tables.ran(path).tallies.items():
        fates = tally.accepted + tally.rejected + tally.skipped + tally.unreadable
        assert tally.lines - tally.header - tally.blank == fates, name
