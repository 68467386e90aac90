"""Which closed items reports/orders.tsv holds: those that a run has closed, in that run."""

import datetime as dt

import pytest

from tests import tables

FIRST, SECOND, THIRD = (dt.datetime(2026, 3, day, 7, tzinfo=dt.UTC) for day in (8, 10, 11))
IN_TIME, TOO_LATE = "2026-02-09T07:00:00Z", "2026-02-08T06:59:59Z"  # thirty days ago on the second night, or not yet


def night(home, as_of, **rows):
    files = {f"{kind}.txt": tables._written(kind.replace("_", "-"), cells, as_of) for kind, cells in rows.items()}
    if "processing_report" in rows:
        summary = tables._summary({"processed": "1", "successful": "0"})
        files["processing_report.txt"] = summary + files["processing_report.txt"]
    return tables.run_night(home, files, as_of, tables.Options())


def states(out):
    header, *rows = (row.split("\t") for row in (out / "reports/orders.tsv").read_text("utf-8").splitlines())
    return [row[header.index("state")] for row in rows]


@pytest.mark.parametrize(
    ("purchase", "state"),
    [pytest.param(IN_TIME, "unshipped", marks=pytest.mark.slow), (TOO_LATE, "auto-canceled")],
)
def test_a_refused_item_is_listed_whatever_becomes_of_it(tmp_path, purchase, state):
    cells = {"order-id": "1", "order-item-id": "1", "purchase-date": purchase}
    out = night(tmp_path, FIRST, unshipped=[cells], confirmation=[{"order-id": "1"}])
    assert states(out) == ["shipped"]
    refusal = {"original-record-number": "1", "error-type": "Error", "error-code": "18028", "order-id": "1"}
    assert states(night(tmp_path, SECOND, processing_report=[refusal])) == [state]
    other = {"order-id": "2", "order-item-id": "2", "purchase-date": "2026-03-05T10:00:00Z"}
    last = states(night(tmp_path, THIRD, unshipped=[other]))
    assert last == (["unshipped", "unshipped"] if state == "unshipped" else ["unshipped"])
