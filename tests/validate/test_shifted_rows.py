"""What stands in a shifted row is neither quoted, profiled nor remembered, wherever a name comes to stand."""

import pytest
from click.testing import CliRunner

from pipeline import cli
from tests import tables
from tests.conftest import first_quick

HEADER = [*tables.defaults()["unshipped"], "is-business-order"]
AS_OF = "2026-03-10T07:00:00Z"
BASE = {
    "order-id": "111-0000000-0000001",
    "order-item-id": "10000000000001",
    **dict.fromkeys(("purchase-date", "payments-date", "reporting-date"), "2026-03-01T10:00:00Z"),
    "promise-date": "2026-03-14T06:59:59Z",
    "days-past-promise": "-5",
    "buyer-email": "x@mail.example",
    "buyer-name": "SECRETNAME",
    "sku": "SKU-1",
    "product-name": "Thing",
    **dict.fromkeys(("quantity-purchased", "quantity-to-ship"), "1"),
    "quantity-shipped": "0",
    "ship-service-level": "Standard",
    "recipient-name": "SECRETNAME",
    "ship-address-1": "SECRETNAME",
    "ship-city": "SECRETNAME",
    "ship-country": "US",
    "is-business-order": "false",
}
TOGETHER = 5  # places of which the quick suite puts the shifted rows, a file each, into one run
CELLS = [BASE.get(name, "") for name in HEADER]


def shifted(at):
    """The row with a tab too few behind the cell at that place, and with one too many before it."""
    return [*CELLS[:at], f"{CELLS[at]}{CELLS[at + 1]}", *CELLS[at + 2 :]], [*CELLS[:at], "", *CELLS[at:-1]]


def written(folder, rows, command):
    """Every output and ledger file of a run over the rows, a file each, and the page, as bytes."""
    (folder / "input").mkdir(parents=True)
    for number, cells in enumerate(rows):
        data = "\t".join(HEADER) + "\n" + "\t".join(cells) + "\n"
        (folder / "input" / f"unshipped-{number}.txt").write_text(data, encoding="utf-8")
    words = [command, str(folder / "input"), "--as-of", AS_OF, "--out", str(folder / "out"), "--log-format", "json"]
    words += ["--ledger", str(folder / "ledger")] if command == "run" else []
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code in (0, 1, 3), result.output
    files = [path for place in ("out", "ledger") for path in (folder / place).rglob("*") if path.is_file()]
    return b"".join([result.output.encode(), *(path.read_bytes() for path in files)])


@pytest.mark.parametrize("command", first_quick(["run", "audit"]))
@pytest.mark.parametrize("first", range(0, len(HEADER) - 1, TOGETHER))
def test_with_a_tab_too_few_or_too_many_no_name_is_anywhere(tmp_path, first, command):
    pairs = [shifted(at) for at in range(first, min(first + TOGETHER, len(HEADER) - 1))]
    for number, rows in enumerate(zip(*pairs, strict=True)):
        assert b"SECRETNAME" not in written(tmp_path / str(number), rows, command), first


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "audit"])
@pytest.mark.parametrize("at", range(len(HEADER) - 1))
def test_a_shifted_row_alone_shows_no_name(tmp_path, at, command):
    for number, cells in enumerate(shifted(at)):
        assert b"SECRETNAME" not in written(tmp_path / str(number), [cells], command), cells


def test_an_order_id_of_the_right_shape_counts_for_shp_120():
    row = "\t".join(["111-0000000-0000001", "", *CELLS[1:-1]])
    confirmation = "order-id\tship-date\tcarrier-code\ttracking-number\n111-0000000-0000001\t2026-03-09\tOnTrac\tT1\n"
    found = tables.run({"a.txt": f"{chr(9).join(HEADER)}\n{row}\n".encode(), "confirm.txt": confirmation.encode()})
    assert [(one.code, one.order) for one in found.findings if one.file == "a.txt"] == [
        ("FIL-011", "111-0000000-0000001")
    ]
    assert "SHP-120" in found.codes("confirm.txt", 2)
