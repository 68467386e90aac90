"""The audit of the real files beside the project, where they are, held against what a person reads in them."""

import json

import pytest
from click.testing import CliRunner

from pipeline import cli

# What somebody who reads the file finds there: kind, lines of data, how many are sound, codes that must be told.
READ = {
    "unshipped_2018_AU_24cols.txt": ("unshipped", 1, 1, {"ORD-105"}),
    "unshipped_2021-01-18_UK.txt": ("unshipped", 37, 37, set()),
    "unshipped_2025_IN_30cols.txt": ("unshipped", 2, 2, set()),
    "orders_2010_US_29cols.txt": ("orders", 6, 6, set()),
    "orders_2020_UK_34cols_bad_ids.txt": ("orders", 1, 0, {"FMT-002", "FMT-010"}),
    "orders_quoted_multiline_constructed.txt": ("orders", 3, 0, {"FIL-011"}),
    "all_orders_2020_US_no_header.txt": (None, 6, 0, {"FIL-001"}),
    "fba_shipments_neighbour_format.txt": (None, 5, 0, {"FIL-008"}),
    "confirmation_2021_US.txt": ("confirmation", 17, 17, set()),
    "returns_2026_33cols.txt": ("returns", 3, 3, set()),
    "processing_report_all_ok.txt": ("processing-report", 0, 0, set()),
    "processing_report_fulfilment_90012_spaces.txt": ("processing-report", 2, 0, {"FIL-002"}),
}


@pytest.fixture(scope="module")
def told(samples, tmp_path_factory):
    out = tmp_path_factory.mktemp("samples") / "out"
    CliRunner().invoke(cli.main, ["audit", str(samples), "--as-of", "2021-08-10T07:00:00Z", "--out", str(out)])
    lines = (out / "reports/findings.tsv").read_text("utf-8").splitlines()[1:]
    found = [line.split("\t") for line in lines]
    return json.loads((out / "reports/audit.json").read_text("utf-8")), found, out


@pytest.mark.parametrize("name", READ)
def test_a_file_is_called_what_a_reader_calls_it(told, name):
    audit, found, _ = told
    kind, lines, sound, codes = READ[name]
    (one,) = [one for one in audit["files"] if one["name"] == name]
    assert (one["kind"], one["accepted"] + one["rejected"], one["accepted"]) == (kind, lines, sound)
    said = {cells[6] for cells in found if cells[0] == name}
    assert codes <= said
    assert bool(lines - sound) == any(cells[7] == "error" for cells in found if cells[0] == name)


def test_what_the_columns_of_the_real_reports_hold(told):
    """Read off the ten Unshipped Orders reports of 2021 and the two others by hand."""
    audit, _, _ = told
    (kind,) = [one for one in audit["kinds"] if one["name"] == "unshipped"]
    columns = {one["name"]: one for one in kind["columns"]}
    assert (kind["files"], kind["repeated"]) == (12, 0)
    assert columns["order-id"]["shapes"] == [{"shape": "999-9999999-9999999", "number": kind["rows"]}]
    assert columns["ship-service-level"]["values"][0]["value"] == "Standard"
    assert columns["quantity-shipped"]["most"] == "0"
    assert columns["product-name"]["signs"] == [{"sign": "HTML", "number": 1}]  # a broken entity
    assert columns["is-sold-by-ab"]["files"] < columns["is-business-order"]["files"] < kind["files"]
    assert columns["buyer-name"]["values"] is None
    assert columns["buyer-name"]["filled"] == kind["rows"]
