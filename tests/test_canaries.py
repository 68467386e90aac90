"""A marked text in every personal column, shifted by some cells, in a heading: found nowhere but in rejected/."""

import zipfile

import pytest
from click.testing import CliRunner

from pipeline import cli
from schemas import types
from schemas.headings import show_heading
from schemas.kinds import find_kind
from schemas.report_words import known_words
from tests.conftest import first_quick
from tests.house import ANSWER, order, report, upload, written

MARK = "Quillfeather"
TEXTS = [f"Zoë {MARK}", f"{MARK}-7"]
VALUES = {
    types.INSTANT: "2026-03-01T10:00:00+00:00",
    types.ENGLISH_DATE: "01-Mar-2026",
    types.QUANTITY: "2",
    types.INTEGER: "1",
    types.MONEY: "9.99",
    types.CURRENCY: "USD",
    types.COUNTRY: "US",
    types.YES_NO: "N",
    types.TRUE_FALSE: "false",
}
OWN = {"sku": "SKU-1", "merchant sku": "SKU-1", "asin": "B000000001", "order-status": "Shipping"}


def cell(column, number):
    if column.value_name == "order_id":
        return f"111-0000000-{number:07d}"
    if column.value_name == "order_item_id":
        return f"1{number:013d}"
    return OWN.get(column.name) or VALUES.get(column.type) or ""


def shifted(cells, place, by):
    """The cells with so many empty ones more before the place, or fewer."""
    return [*cells[:place], *[""] * by, *cells[place:]] if by > 0 else [*cells[: max(place + by, 1)], *cells[place:]]


def rows(kind):
    for place, column in enumerate(kind.columns):
        if column.personal:
            for by in range(-3, 4):
                for text in TEXTS:
                    yield place, by, text


def files_of(folder):
    return [path for path in folder.rglob("*") if path.is_file() and "rejected" not in path.parts]


def check(folder):
    for path in files_of(folder):
        assert MARK.encode() not in path.read_bytes(), path
        assert MARK not in path.name


def run(command, *words):
    ran = CliRunner().invoke(cli.main, [command, *map(str, words), "--as-of", "2026-03-10T07:00:00Z"])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    assert MARK not in ran.output


@pytest.mark.parametrize("command", ["run", "audit"])
@pytest.mark.parametrize("surplus", first_quick(["", "empty"]))
@pytest.mark.parametrize("name", first_quick(["unshipped", "orders", "all-orders", "returns"], 2))
def test_a_shifted_cell_is_nowhere(tmp_path, name, command, surplus):
    kind, lines = find_kind(name), []
    for number, (place, by, text) in enumerate(rows(kind)):
        cells = [cell(column, number) for column in kind.columns]
        cells[place] = text
        line = shifted(cells, place, by)
        lines.append("\t".join(line[: len(cells)] if surplus else line))
    header = "\t".join(column.name for column in kind.columns)
    (tmp_path / "report.txt").write_text("\n".join([header, *lines, ""]), "utf-8")
    ledger = ("--ledger", tmp_path / "ledger") if command == "run" else ()
    run(command, tmp_path / "report.txt", "--out", tmp_path / "out", *ledger)
    check(tmp_path / "out")
    if ledger:
        check(tmp_path / "ledger")


def test_personal_columns_of_an_upload_are_nowhere_but_in_its_rejected_lines(tmp_path):
    """One line is accepted, one is rejected: its order is not known."""
    kind = find_kind("confirmation")
    given = {"quantity": "1", "ship-date": "2026-03-05", "carrier-code": "GLS", "tracking-number": "T1"}
    lines = ["\t".join(column.name for column in kind.columns)]
    for number in (1, 9):
        cells = [f"Zoë {MARK}" if column.personal else given.get(column.name, "") for column in kind.columns]
        for place, column in enumerate(kind.columns):
            cells[place] = cell(column, number) if column.value_name in ("order_id", "order_item_id") else cells[place]
        lines.append("\t".join(cells))
    assert f"Zoë {MARK}" in lines[1]
    (tmp_path / "u.txt").write_text("\n".join([*lines, ""]), "utf-8")
    report(tmp_path / "r.txt", 1)
    words = ["--out", tmp_path / "out", "--ledger", tmp_path / "ledger"]
    run("run", tmp_path / "u.txt", tmp_path / "r.txt", *words)
    assert MARK in (tmp_path / "out/rejected/u.txt").read_text("utf-8")
    check(tmp_path / "out")
    check(tmp_path / "ledger")


@pytest.mark.parametrize("is_known", first_quick([True, False]))
@pytest.mark.parametrize(
    "text",
    [
        f"see {MARK}@mail.example",
        *(
            pytest.param(text, marks=pytest.mark.slow)
            for text in (f"<{MARK.lower()}@mail.example>", "call +1 206 555 0142")
        ),
    ],
)
@pytest.mark.parametrize("error_type", ["Error", "Warning"])
def test_amazons_texts_are_masked(tmp_path, text, is_known, error_type):
    """Also where nobody knows what they answer."""
    ledger = ("--ledger", tmp_path / "ledger")
    report(tmp_path / "r.txt", 1)
    upload(tmp_path / "u.txt", (1, "2", "T1"))
    run("run", tmp_path / "r.txt", tmp_path / "u.txt", "--out", tmp_path / "first", *ledger)
    rows = [("1", *order(1 if is_known else 5), "18181", error_type, text)]
    counts = [f"\tNumber of records {word}\t\t1" for word in ("processed", "successful")]
    written(tmp_path / "answer.txt", ANSWER, rows, ("Feed Processing Summary:", *counts, ""))
    run("run", tmp_path / "answer.txt", "--out", tmp_path / "out", *ledger)
    run("audit", tmp_path / "answer.txt", "--out", tmp_path / "audit")
    for folder in (tmp_path / "out", tmp_path / "ledger", tmp_path / "audit"):
        for path in files_of(folder):
            data = path.read_bytes()
            assert MARK.encode() not in data, path
            assert MARK.lower().encode() not in data, path
            assert b"555 0142" not in data, path


@pytest.mark.parametrize("command", ["run", "audit"])
def test_neighbours_of_an_input_are_nowhere(tmp_path, command):
    """The folder above it, hidden files beside it, and other members of an archive that are no files."""
    folder = tmp_path / f"of {MARK}" / "in"
    (folder / "sub").mkdir(parents=True)
    report(folder / "sub/r.txt", 1)
    (folder / f".{MARK}.txt").write_text(f"{MARK}\n", "utf-8")
    with zipfile.ZipFile(folder / "u.zip", "w") as archive:
        archive.writestr(f"{MARK}/", "")
        archive.write(upload(tmp_path / "u.txt", (1, "2", "T1")), "u.txt")
    ledger = ("--ledger", tmp_path / "ledger") if command == "run" else ()
    run(command, folder, "--out", tmp_path / "out", *ledger)
    check(tmp_path / "out")
    if ledger:
        check(tmp_path / "ledger")


@pytest.mark.parametrize("name", ["unshipped", "orders", "all-orders", "returns"])
@pytest.mark.parametrize(
    "heading",
    [
        TEXTS[0],
        *(pytest.param(text, marks=pytest.mark.slow) for text in (MARK, f"{MARK}@mail.example", f"order-id {MARK}")),
    ],
)
@pytest.mark.parametrize("command", first_quick(["run", "audit"]))
def test_a_heading_is_nowhere(tmp_path, name, heading, command):
    kind = find_kind(name)
    header = [column.name for column in kind.columns]
    cells = [cell(column, 1) for column in kind.columns]
    lines = ["\t".join([*header, heading, heading]), "\t".join([*cells, MARK, MARK]), ""]
    (tmp_path / "report.txt").write_text("\n".join(lines), "utf-8")
    run(command, tmp_path / "report.txt", "--out", tmp_path / "out", *(["--no-ledger"] if command == "run" else []))
    (tmp_path / "report.txt").write_text(lines[0].replace(f"\t{heading}", "", 1) + "\n" + lines[1][:-13], "utf-8")
    run(command, tmp_path / "report.txt", "--out", tmp_path / "out", *(["--no-ledger"] if command == "run" else []))
    check(tmp_path / "out")


@pytest.mark.parametrize(
    ("column", "known", "unknown"),
    [
        ("ship-service-level", ["Standard", "Std US D2D Dom", "SecondDay", "Exp UK Dom"], ["Ann Standard", "Ann"]),
        ("sales-channel", ["Amazon.com", "Amazon.co.uk", "Non-Amazon", "Non-Amazon US"], ["Amazon Ann", "Ann"]),
        ("order-status", ["Shipped - Delivered to Buyer", "Pending", "Cancelled"], ["Buyers", "Pending Ann"]),
        ("fulfillment-channel", ["Amazon", "Merchant", "AFN"], ["Amazonia"]),
        ("fulfilled-by", ["Easy Ship", "Amazon Easy-Ship", "EasyShip", "Self Ship"], ["Easy Street"]),
    ],
)
def test_amazons_words_are_known(column, known, unknown):
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.match_substring_regex(pa.array([*known, *unknown]), pattern=known_words(column))
    assert found.to_pylist() == [True] * len(known) + [False] * len(unknown)


@pytest.mark.parametrize(
    ("heading", "shown"),
    [("buyer-po-number", True), ("ordr-id", True), ("notes", True), ("Ann Example", False), ("ann@x.example", False)],
)
def test_headings_that_are_shown(heading, shown):
    assert show_heading(find_kind("unshipped"), heading, 7) == (heading if shown else "‹column 7›")
