"""The ledger's README names every table and every column."""

import re
from pathlib import Path

import pytest

from pipeline.ledger import layouts, tables
from schemas import claims, contacts, defects, returns

DOCUMENT = (Path(layouts.__file__).parent / "README.md").read_text("utf-8")
KINDS = {"claims": claims.KIND, "contacts": contacts.KIND, "returns": returns.KIND, "defects": defects.KIND}


@pytest.mark.parametrize("table", [*tables.DATA_TABLES, tables.RUNS], ids=lambda table: table.name)
def test_every_column_has_its_meaning(table):
    section = DOCUMENT.split(f"\n### {table.name}\n")[1].split("\n#")[0]
    cells = re.findall(r"^\| (`.*?`) \|", section, re.MULTILINE)
    given = set(tables._value_columns(KINDS[table.name])) if table.name in KINDS else set()
    own = [name for name in table.schema.names if name not in given or name == "status"]
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == sorted(own)


def test_every_layout_is_in_the_table_of_layouts():
    section = DOCUMENT.split("\n## Layouts\n")[1]
    numbers = set(re.findall(r"^\| (\d+)", section, re.MULTILINE))
    assert numbers == {layout.description.rsplit(" ", 1)[1] for layout in layouts.LAYOUTS}
