"""A hint says how the value is written that the column takes."""

import pytest

from tests import tables

HEADERS = {
    "returns": "Order ID\tReturn request date\tA-to-Z Claim",
    "stock": "sku\tquantity\tcounted-at",
    "contacts": "contact-id\torder-id\tdirection\tsent-date",
    "confirmation": "order-id\tship-date\tcarrier-code\ttracking-number",
}
LINES = {
    "returns": "111-0000000-0000001\t{}\tN",
    "stock": "SKU-1\t1\t{}",
    "contacts": "C1\t111-0000000-0000001\tbuyer\t{}",
    "confirmation": "111-0000000-0000001\t{}\tOnTrac\tT1",
}
AS_DAY = "YYYY-MM-DD, for example 2026-03-09"
AS_INSTANT = "YYYY-MM-DDTHH:MM:SS with Z or an offset, for example 2026-03-09T10:00:00Z"
AS_ENGLISH = "DD-MMM-YYYY with an English month, for example 09-Mar-2026"


@pytest.mark.parametrize(
    ("kind", "cell", "account", "spelling"),
    [
        ("stock", "2026-03-09", "", AS_INSTANT),
        ("contacts", "09-Mar-2026", "", f"{AS_DAY}, or {AS_INSTANT}"),
        ("confirmation", "09/03/2026", "", AS_DAY),
        ("confirmation", "09/03/2026", 'marketplace = "Amazon.ae"\n', f"{AS_DAY}, or DD-MM-YYYY"),
    ],
)
def test_an_unreadable_date_is_told_how_its_column_is_written(kind, cell, account, spelling):
    data = f"{HEADERS[kind]}\n{LINES[kind].format(cell)}\n".encode()
    found = tables.run({"case.txt": data}, tables.Options(account=account)).settled.findings
    (hint,) = found["hint"][found["code"] == "FMT-003"]
    assert hint.startswith(f"Write it as {spelling}; ")


def test_a_date_of_a_report_is_not_to_be_rewritten():
    data = f"{HEADERS['returns']}\n{LINES['returns'].format('2026-03-09')}\n".encode()
    found = tables.run({"case.txt": data}, tables.Options()).settled.findings
    (hint,) = found["hint"][found["code"] == "FMT-003"]
    assert hint.startswith("Download the report again")
    assert hint.endswith(f"Its dates are written as {AS_ENGLISH}.")
