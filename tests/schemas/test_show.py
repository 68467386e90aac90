"""A kind of file in words and as a Table Schema: complete, and of one mind with what the program reads."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import show, types
from schemas.columns import Column
from schemas.kinds import KINDS, find_kind

ROOT = Path(__file__).resolve().parents[2]
TYPES = [value for value in vars(types).values() if isinstance(value, types.CellType)]
needs_frictionless = pytest.mark.skipif(
    importlib.util.find_spec("frictionless") is None, reason="frictionless is not installed"
)


def by_name(value):
    return value.name


def fields(shown):
    return {field["name"]: field for field in show.to_table_schema(shown)["fields"]}


def reader(of):
    """What reads a cell of such a column by the schema: a function of the text that says whether it is valid."""
    from frictionless import Schema

    descriptor = {"fields": [show._build_field(Column("cell", of))], "missingValues": [""]}
    field = Schema.from_descriptor(descriptor).fields[0]
    return lambda text: field.read_cell(text)[1] is None


@pytest.mark.parametrize("shown", KINDS, ids=by_name)
def test_text_says_everything_of_every_column(shown):
    text = show.describe_kind(shown)
    lines = text.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("column "))
    for column, line in zip(shown.columns, lines[start + 1 :], strict=False):
        assert line.startswith(column.name)
        assert ("required" in line) == column.required
        assert ("  yes" in line) == column.personal
        assert all(code in line for code in show.rule_codes(column))
    assert shown.title in text
    assert shown.place in text
    assert shown.note in " ".join(text.split())
    assert all(api_type in text for api_type in shown.api_types)
    assert (shown.place == "") == (f"feedwarden schema {shown.name} --example" in text)
    assert shown.source in text
    assert all(line == line.rstrip() for line in lines)


def test_codes_of_columns():
    columns = {column.name: show.rule_codes(column) for column in find_kind("confirmation").columns}
    assert columns["order-id"] == ["FMT-001", "FMT-002"]
    assert columns["order-item-id"] == ["FMT-002", "FMT-010"]
    assert columns["ship-date"] == ["FMT-001", "FMT-003", "FMT-010"]
    assert columns["carrier-name"] == ["FMT-007"]
    assert columns["tracking-number"] == ["FMT-010"]


def test_closed_lists_are_printed_whole():
    printed = " ".join(show.describe_kind(find_kind("confirmation")).split())
    assert all(carrier in printed for carrier in types.CARRIER.vocabulary())
    assert "NoInventory" in show.describe_kind(find_kind("cancellation"))


@pytest.mark.parametrize("of", TYPES, ids=by_name)
def test_every_type_is_explained(of):
    assert of in show._TYPE_MEANINGS or of.name.startswith("one of ")
    assert show._type_meaning(of)


def test_the_list_of_kinds_names_them_all():
    listing = show.describe_kinds().split("\n\n")
    assert [entry.split()[0] for entry in listing] == [one.name for one in KINDS]
    for one, entry in zip(KINDS, listing, strict=True):
        assert all(name in entry for name in one.required_columns())


@pytest.mark.parametrize("shown", KINDS, ids=by_name)
def test_the_schema_has_every_column_in_order(shown):
    schema = show.to_table_schema(shown)
    assert [field["name"] for field in schema["fields"]] == [column.name for column in shown.columns]
    assert set(schema.get("primaryKey", [])) <= set(shown.required_columns())
    for column in shown.columns:
        constraints = fields(shown)[column.name].get("constraints", {})
        assert constraints.get("required", False) == column.must_be_filled
        assert constraints.get("maxLength") == column.max_length
        assert ("Personal data" in fields(shown)[column.name]["description"]) == column.personal


def test_types_and_constraints_of_a_confirmation():
    shown = fields(find_kind("confirmation"))
    assert [shown[name]["type"] for name in ("order-id", "quantity", "ship-date")] == ["string", "integer", "date"]
    assert shown["quantity"]["constraints"] == {"minimum": 1}
    assert len(shown["carrier-code"]["constraints"]["enum"]) == len(types.CARRIER.vocabulary())
    assert re.fullmatch(shown["order-id"]["constraints"]["pattern"], "123-1234567-1234567")


@needs_frictionless
@pytest.mark.parametrize("shown", KINDS, ids=by_name)
def test_frictionless_takes_the_schema(shown):
    from frictionless import Schema

    descriptor = show.to_table_schema(shown)
    report = Schema.validate_descriptor(descriptor)
    assert report.valid, report.flatten(["message"])
    assert [field.name for field in Schema.from_descriptor(descriptor).fields] == [c.name for c in shown.columns]


@needs_frictionless
@pytest.mark.parametrize("of", [of for of in TYPES if of.pattern], ids=by_name)
@settings(max_examples=30)
@given(data=st.data())
def test_what_the_program_reads_is_valid(of, data):
    text = data.draw(st.from_regex(re.compile(of.pattern, re.ASCII), fullmatch=True))
    assert reader(of)(text)


@needs_frictionless
@pytest.mark.parametrize("of", [of for of in TYPES if of.vocabulary], ids=by_name)
def test_what_is_listed_is_valid_and_nothing_else(of):
    valid = reader(of)
    assert all(map(valid, of.vocabulary()))
    assert not valid("no such value")


@needs_frictionless
@pytest.mark.parametrize(
    ("of", "text"),
    [
        (types.ORDER_ID, "1123-1234567-1234567"),
        (types.ORDER_ID, "123-1234567-12345678"),
        (types.ANY_ORDER_ID, "x123-1234567-1234567"),
        (types.ITEM_ID, "1234567890123"),
        (types.ITEM_ID, "123456789012345678901"),
        (types.ITEM_ID, "1.1E+13"),
        (types.INSTANT, "2026-03-10"),
        (types.INSTANT, "45000"),
        (types.ENGLISH_DATE, "2026-03-10"),
        (types.DATE, "45000 days"),
        (types.QUANTITY, "-1"),
        (types.QUANTITY, "1.5"),
        (types.POSITIVE_QUANTITY, "0"),
        (types.MONEY, "1,234.50"),
        (types.TRANSPARENCY_CODES, "x" * 39),
    ],
)
def test_what_the_program_refuses_is_not_valid(of, text):
    assert not reader(of)(text)


@pytest.mark.filterwarnings("ignore:The --schema-sync option:DeprecationWarning")
@needs_frictionless
@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("confirmation_2021_UK.txt", "confirmation"),
        ("unshipped_2021-01-18_US.txt", "unshipped"),
        ("orders_2017_US_30cols.txt", "orders"),
        ("returns_2026_33cols.txt", "returns"),
    ],
)
def test_real_files_are_valid(samples, name, of):
    from frictionless import Detector, Dialect, Resource, Schema, formats

    dialect = Dialect(header_case=False, controls=[formats.CsvControl(delimiter="\t", quote_char="\x00")])
    schema = Schema.from_descriptor(show.to_table_schema(find_kind(of)))
    file = Resource(
        path=name,
        basepath=str(samples),
        format="csv",
        schema=schema,
        encoding="utf-8",
        dialect=dialect,
        detector=Detector(schema_sync=True),
    )
    report = file.validate()
    assert report.valid, report.flatten(["message"])


def test_showing_loads_nothing_that_is_heavy():
    code = (
        "import sys, schemas.kinds as k, schemas.show as s; s.describe_kinds();"
        "s.describe_kind(k.KINDS[0]); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "pyarrow", "pandera", "pipeline"} & set(loaded.stdout.split())
