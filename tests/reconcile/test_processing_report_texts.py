"""What Amazon says in a processing report is shown, also where nobody knows what it answers, and nothing personal."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.model.amazon_texts import mask_text
from pipeline.model.findings import MASK
from pipeline.reconcile import feed_findings
from pipeline.reconcile.match_feeds import ProcessingReport
from pipeline.utils import arrow

ORDER, ITEM = "111-0000000-0000007", "10000000000007"
TWO_RECORDS = SimpleNamespace(run=3, part=1, records=2)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"order {ORDER}, item {ITEM}: too many", f"order {ORDER}, item {ITEM}: too many"),
        (f"{ORDER},111-0000000-0000008 1{ITEM}", f"{ORDER},111-0000000-0000008 1{ITEM}"),
        ("write to a.buyer+x@marketplace.example, please", f"write to {MASK}, please"),
        ("<a@b.example>", f"<{MASK}>"),
        ("call +1 555-555-0100 or 555-555-0100, (555) 555-0100", f"call {MASK} or {MASK}, {MASK}"),
        ("123456 is short, 1234567 is long", f"123456 is short, {MASK} is long"),
        ("the card 4111111111111111", f"the card {MASK}"),
        (f"{ITEM}12 digits are no item", f"{MASK} digits are no item"),
        ("18021 on 2026-03-10T10:00:00+00:00", "18021 on 2026-03-10T10:00:00+00:00"),
        (None, None),
    ],
)
def test_addresses_and_long_numbers_are_masked_and_ids_are_not(text, shown):
    assert mask_text(pa.chunked_array([[text]], pa.string())).to_pylist() == [shown]


def answered(*texts):
    """The rows of a report, each with its code and text."""
    rows = {"file": 0, "order_id": ORDER, "order_item_id": ITEM, "error-type": "Error", "error-code": "18021"}
    table = pa.table({"line": pa.array(range(6, 6 + len(texts))), "error-message": pa.array(texts)})
    frame = arrow.to_frame(table).assign(
        **{name: arrow.to_series([value] * len(texts)) for name, value in rows.items()}
    )
    return frame.assign(record=frame["line"])


def report(rows, *counts):
    """A report of errors."""
    nothing = np.zeros(len(rows), bool)
    return ProcessingReport(SimpleNamespace(file=0, reported_counts=counts), rows, nothing, nothing)


def messages(found: pd.DataFrame):
    return [(row["code"], row["line"], row["message"]) for row in found.to_dict("records")]


def test_what_amazon_says_is_shown_where_nobody_knows_of_which_feed():
    first, *rest = messages(
        feed_findings.unmatched_report_findings(report(answered("too many", "no such order"), 2, 1), [])
    )
    assert first[:2] == ("ACK-603", 1)
    assert [(code, line) for code, line, _ in rest] == [("ACK-603", 6), ("ACK-603", 7)]
    assert [text.split("Amazon says: ")[1] for _, _, text in rest] == ["18021 too many", "18021 no such order"]


@pytest.mark.parametrize(
    ("counts", "refused", "mismatch"),
    [
        ((2, 1), 1, ""),
        ((2, 2), 0, ""),
        ((2,), 1, ""),
        ((), 1, ""),
        ((2, 0), 2, ""),
        ((0, 0), 2, ""),  # refused as a whole, before any record was processed
        ((0, 0), 1, "0 records processed, but the feed of run 3 has 2"),
        ((3, 2), 1, "3 records processed, but the feed of run 3 has 2"),
        ((2, 2), 1, "by its counts 0 of 2 records failed, but its errors name 1"),
        ((2, 1), 2, "by its counts 1 of 2 records failed, but its errors name 2"),
        ((2, 3), 0, "2 records processed, but 3 successful"),
    ],
)
def test_counts_are_held_against_the_feed_and_against_the_errors(counts, refused, mismatch):
    rows = answered(*["refused"] * refused)
    found = feed_findings.processing_report_findings(report(rows, *counts), TWO_RECORDS, refused)
    assert [text for code, _, text in messages(found) if code == "ACK-603"] == [mismatch] * bool(mismatch)
    assert [code for code, _, _ in messages(found)].count("ACK-601") == refused
