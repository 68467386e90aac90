"""The cases beside the project, where they are: small inputs in the shape of real files, with their right outcome."""

import json
from collections import defaultdict
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipeline import cli

RATES = ("MET-701", "MET-702", "MET-703")  # of so few orders one that fails is too many
CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="no ../shared/cases beside the repository")


class Outcome:
    """What a run made of a case: exit status, findings by file and line, inputs of the manifest by name."""

    def __init__(self, out, result):
        self.out, self.status, self.printed = out, result.exit_code, result.output
        self.findings = [one for one in self.table("findings") if one["code"] not in RATES]
        self.inputs = {one["name"]: one for one in json.loads(self.text("manifest.json"))["inputs"]}

    def text(self, path):
        return (self.out / path).read_text("utf-8")

    def table(self, name):
        """The rows of a report."""
        header, *rows = (line.split("\t") for line in self.text(f"reports/{name}.tsv").splitlines())
        return [dict(zip(header, row, strict=True)) for row in rows]

    def codes(self, file):
        """The codes of each line of a file that has any."""
        found = defaultdict(list)
        for one in self.findings:
            if one["source_file"] == file:
                found[int(one["line"])].append(one["code"])
        return {line: sorted(codes) for line, codes in found.items()}

    def said(self, file, line, code):
        """Message and hint of the one finding of that code at a line."""
        (one,) = (
            one for one in self.findings if (one["source_file"], int(one["line"]), one["code"]) == (file, line, code)
        )
        return one["message"], one["hint"]

    def states(self, column):
        """The states of the order items, sorted, by what they have in a column."""
        found = defaultdict(list)
        for row in self.table("orders"):
            found[row[column]].append(row["state"])
        return {value: sorted(states) for value, states in found.items()}

    def feed(self, column):
        header, *rows = (line.split("\t") for line in self.text("feeds/shipping-confirmation-001.tsv").splitlines())
        return [row[header.index(column)] for row in rows]


def case(number, folder, tmp_path, as_of, *words):
    """A case run as its table says; without a ledger unless one is named."""
    (place,) = CASES.glob(f"{number}-*")
    words = words or ("--no-ledger",)
    arguments = ["run", str(place / folder), "--as-of", as_of, "--out", str(tmp_path / "out"), *words]
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Outcome(tmp_path / "out", result)


def test_01_each_row_without_item_id_is_an_item(tmp_path):
    night = case("01", "input", tmp_path, "2026-09-25T12:00:00Z")
    assert night.findings == []
    assert night.text("feeds/stock.tsv").splitlines()[1:] == ["BOOK-7\t3", "CUP-1\t3", "PEN-1\t2"]
    assert night.states("sku") == {
        "BOOK-7": ["shipped", "shipped"],
        "CUP-1": ["shipped", "unshipped"],
        "PEN-1": ["pending", "pending"],
    }


def test_05_a_report_of_41_columns_and_item_ids_of_15_digits(tmp_path):
    night = case("05", "input", tmp_path, "2026-09-25T20:00:00Z")
    codes = {code for one in night.inputs for line in night.codes(one).values() for code in line}
    assert not codes & {"FMT-011", "FIL-003"}
    assert night.inputs["unshipped.txt"]["rejected"] == 0


def test_05_what_a_buyer_asks_to_cancel_is_canceled_and_not_shipped(tmp_path):
    night = case("05", "input", tmp_path, "2026-09-25T20:00:00Z")
    assert night.codes("confirm.txt")[4] == ["SHP-125"]
    assert [(row["action"], row["order_id"]) for row in night.table("worklist")] == [("cancel", "111-4000002-4000002")]


def test_07_four_spellings_of_one_instant_are_one_day_in_los_angeles(tmp_path):
    night = case("07", "input", tmp_path, "2026-09-25T01:00:00Z")
    assert night.status == 0
    assert not {"SHP-109", "SHP-113"} & {one["code"] for one in night.findings}
    assert night.feed("ship-date") == ["2026-09-24"] * 4


def test_07_an_instant_of_the_evening_is_not_late(tmp_path):
    night = case("07", "input2", tmp_path, "2026-09-25T20:00:00Z")
    assert night.status == 0
    assert "SHP-113" not in {one["code"] for one in night.findings}
    assert night.feed("ship-date") == ["2026-09-24"] * 2


def test_09_what_a_spreadsheet_saves_otherwise_is_named(tmp_path):
    night = case("09", "input", tmp_path, "2026-09-25T20:00:00Z")
    named = {
        "Flat.File.ShippingConfirm.xls": "an Excel workbook (.xls)",
        "ShippingConfirmation.xlsx": "an Excel workbook (.xlsx)",
        "confirm-comma.csv": "a Shipping Confirmation file, but comma-separated",
        "confirm-semicolon.csv": "a Shipping Confirmation file, but semicolon-separated",
    }
    for file, title in named.items():
        message, hint = night.said(file, 1, "FIL-008")
        assert message == f"not a known kind of file; it is {title}"
        assert "Text (Tab delimited)" in hint
    assert night.codes("confirm-mac-cr.txt") == {1: ["FIL-001"]}
    assert night.inputs["confirm-unicode-text.txt"]["encoding"] == "utf-16"


def test_09_utf16_with_a_mark_is_read(tmp_path):
    night = case("09", "utf16", tmp_path, "2026-09-25T20:00:00Z")
    assert (night.status, night.findings) == (0, [])
    given = night.inputs["confirm-unicode-text.txt"]
    assert (given["encoding"], given["accepted"]) == ("utf-16", 1)


def test_11_a_blank_item_status_takes_that_of_the_order(tmp_path):
    night = case("11", "input", tmp_path, "2026-09-25T12:00:00Z")
    assert night.codes("confirm.txt") == {2: ["SHP-104"], 3: ["SHP-104"]}
    assert night.codes("all-orders.txt") == {}
    assert night.states("sku") == {"SET-1": ["canceled"], "SET-2": ["canceled"]}


def test_11_what_was_canceled_gives_its_stock_back(tmp_path):
    ledger = ("--ledger", str(tmp_path / "ledger"))
    first = case("11", "night1", tmp_path / "1", "2026-09-24T20:00:00Z", *ledger)
    assert first.text("feeds/stock.tsv").splitlines()[1:] == ["SET-1\t3"]
    second = case("11", "night2", tmp_path / "2", "2026-09-25T20:00:00Z", *ledger)
    assert second.codes("all-orders.txt") == {2: ["LIF-209"]}
    assert second.text("feeds/stock.tsv").splitlines()[1:] == ["SET-1\t5"]
    story = CliRunner().invoke(cli.main, ["ledger", "show", "405-8000003-8000003", *ledger]).output
    assert "item without id (SET-1) canceled" in story
    assert "None" not in story


@pytest.mark.parametrize(
    ("answer", "codes"),
    [("input2", {6: ["ACK-601"], 7: ["ACK-602"]}), pytest.param("input3", None, marks=pytest.mark.slow)],
)
def test_12_a_feed_refused_as_a_whole_is_open_again(tmp_path, answer, codes):
    ledger = ("--ledger", str(tmp_path / "ledger"))
    case("12", "input", tmp_path / "1", "2026-09-25T20:00:00Z", *ledger)
    second = case("12", answer, tmp_path / "2", "2026-09-26T20:00:00Z", *ledger, "--fail-on", "error")
    (report,) = second.inputs
    assert second.codes(report) == (codes or {6: ["ACK-601"]})
    assert "90012 The required order-id field is missing." in second.said(report, 6, "ACK-601")[0]
    assert second.status == 1
    assert second.states("sku") == {"SKU-1": ["unshipped", "unshipped"]}
    assert second.text("reports/summary.txt").split("  1. ")[1].startswith(f"Look into {report}:6: ACK-601")
    third = case("12", "input4", tmp_path / "3", "2026-09-27T20:00:00Z", *ledger)
    assert not [one for one in third.findings if one["code"] == "ACK-604"]


def test_14_a_promotion_detail_line_is_skipped(tmp_path):
    night = case("14", "input", tmp_path, "2026-09-25T20:00:00Z")
    assert night.status == 0
    assert night.codes("orders.txt") == {3: ["ORD-111"]}
    assert (night.inputs["orders.txt"]["accepted"], night.inputs["orders.txt"]["skipped"]) == (2, 1)


def test_15_a_returns_report_of_34_columns_is_accepted_and_a_hint_fits_its_dates(tmp_path):
    night = case("15", "input", tmp_path, "2026-09-25T20:00:00Z")
    assert "FIL-003" not in {one["code"] for one in night.findings}
    assert night.inputs["returns-a.txt"]["accepted"] == 3
    assert night.inputs["returns-b.txt"]["accepted"] == 1
    hints = {one["value"]: one["hint"] for one in night.findings if one["code"] == "FMT-003"}
    assert "2026-09-10" in hints
    assert all("DD-MMM-YYYY" in hint for hint in hints.values())


def test_19_each_neighbour_is_named_with_what_to_give_in_its_place(tmp_path):
    night = case("19", "input", tmp_path, "2026-09-25T20:00:00Z")
    assert night.status == 3
    named = {
        "amazon-sale-report.csv": ("a comma-separated file", "tab-delimited"),
        "answer.json": ("the answer to a JSON feed", "processing report of the flat-file feed"),
        "answer.xml": ("an XML processing report", "processing report of the flat-file feed"),
        "fba-customer-returns.txt": ("a report of Fulfillment by Amazon", "Returns report by return date"),
        "merchant-listings.txt": ("a listings or inventory file", "Unshipped Orders report"),
        "orders-comma.csv": ("an Orders report, but comma-separated", "tab-delimited"),
        "settlement-v2-de.txt": ("a settlement report", "Unshipped Orders report"),
    }
    for file, (title, advice) in named.items():
        message, hint = night.said(file, 1, "FIL-008")
        assert message == f"not a known kind of file; it is {title}"
        assert advice in hint
    assert {file for file, one in night.inputs.items() if one["kind"] is None} == set(night.inputs)
    message, _ = night.said("unshipped-jp-labels.txt", 1, "FIL-008")
    assert "nearest" not in message


def test_21_damaged_tracking_numbers_are_rejected(tmp_path):
    night = case("21", "input", tmp_path, "2026-09-25T20:00:00Z")
    assert night.codes("confirm.txt") == {line: ["FMT-010"] for line in (2, 3, 4, 5, 7, 8)}
    given = night.inputs["confirm.txt"]
    assert (given["accepted"], given["rejected"]) == (1, 6)


@pytest.mark.parametrize("number", ["25", "27"])
def test_25_27_newer_carriers_are_known_and_others_have_a_way_out(tmp_path, number):
    night = case(number, "input", tmp_path, "2026-09-25T20:00:00Z")
    unknown = {one["value"]: one["hint"] for one in night.findings if one["code"] == "FMT-006"}
    for hint in unknown.values():
        assert "Other with a carrier-name" in hint
        assert "[carriers] also" in hint
    assert not set(unknown) & {"Evri", "DHL Parcel UK", "Colis Privé", "360lion", "Purolator"}
    assert {value for value, hint in unknown.items() if "Did you mean" in hint} <= {"SpeedX", "YunExpress"}
    if number == "27":
        assert (night.status, unknown) == (0, {})


def test_30_the_name_in_a_shifted_line_stands_nowhere(tmp_path):
    words = ("--ledger", str(tmp_path / "ledger"), "--log-format", "json", "-v")
    night = case("30", "input", tmp_path, "2026-03-10T07:00:00Z", *words)
    assert night.codes("orders.txt") == {5: ["FIL-011"], 6: ["FIL-011"]}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    tables = [str(pq.read_table(path).to_pydict()).encode() for path in files if path.suffix == ".parquet"]
    for text in [night.printed.encode(), *(path.read_bytes() for path in files), *tables]:
        assert b"LOSTTAB" not in text
        assert b"MORETAB" not in text
