"""The discounts of the lines that continue another belong to its item; what cannot be read makes the sum unknown."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.reconcile import resolve_promotion_lines
from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY

DETAIL = True


def table(*lines):
    """Rows of an Orders report from (file, line, item, is a detail, item discount as text)."""
    file, line, item, detail, text = zip(*lines, strict=True)
    value = [Decimal(cell) if cell and cell.lstrip("-").replace(".", "").isdigit() else None for cell in text]
    size = len(lines)
    columns = {
        "file": pa.array(file, pa.int64()),
        "line": pa.array(line, pa.int64()),
        "record": pa.array(line, pa.int64()),
        "order_key": pa.array([1] * size, pa.int64()),
        "item_key": pa.array(item, pa.int64()),
        "order_id": pa.array(["111-0000000-0000001"] * size),
        "order_item_id": pa.array([str(number) for number in item]),
        "order-item-id": pa.array([str(number) for number in item]),
        "promotion_detail": pa.array(detail),
        "item-promotion-discount": pa.array([cell or None for cell in text], pa.string()),
        "item_promotion_discount": pa.array(value, MONEY),
        "valid": pa.array([True] * size),
        "out_of_scope": pa.array([False] * size),
    }
    return arrow.to_frame(pa.table(columns))


@pytest.mark.parametrize(
    ("base", "details", "total"),
    [
        ("-5.00", ["-1.00"], "-6.00"),
        ("-5.00", ["-1.00", "-0.50"], "-6.50"),
        ("", ["-1.00"], "-1.00"),
        ("-5.00", [""], "-5.00"),
        ("", [""], None),
        ("-5.00", ["much"], None),
        ("much", ["-1.00"], None),
        ("-5.00", ["9" * 18, "9" * 18], None),
    ],
)
def test_the_discounts_add_up(base, details, total):
    rows = table((0, 2, 7, False, base), *((0, 3 + n, 7, DETAIL, text) for n, text in enumerate(details)))
    found = resolve_promotion_lines(rows).rows
    assert found["item_promotion_discount"].iloc[0] == (Decimal(total) if total else None) or (
        total is None and pd.isna(found["item_promotion_discount"].iloc[0])
    )
    assert found["out_of_scope"].tolist() == [False] + [True] * len(details)
    assert found["valid"].all()


def test_lines_in_any_order_of_rows_continue_the_last_line_before_them_in_their_file():
    rows = table(
        (1, 9, 7, DETAIL, "-1"), (0, 4, 7, DETAIL, "-2"), (0, 2, 7, False, "-10"), (0, 3, 8, False, "-20"),
        (0, 5, 7, False, "-30"), (0, 6, 7, DETAIL, "-3"), (0, 1, 7, DETAIL, "-4"),
    )  # fmt: skip
    lines = resolve_promotion_lines(rows)
    assert lines.rows["out_of_scope"].tolist() == [False, True, False, False, False, True, False]
    assert lines.rows["valid"].tolist() == [False, True, True, True, True, True, False]
    assert lines.rows["item_promotion_discount"].iloc[[2, 3, 4]].tolist() == [Decimal(n) for n in (-12, -20, -33)]
    codes = [(line, code) for line, code in zip(lines.findings["line"], lines.findings["code"], strict=True)]
    assert sorted(codes) == [(1, "FMT-001")] * 3 + [(4, "ORD-111"), (6, "ORD-111")] + [(9, "FMT-001")] * 3


def test_a_report_without_such_lines_is_left_as_it_is():
    rows = table((0, 2, 7, False, "-1"), (0, 3, 7, False, "-1"))
    lines = resolve_promotion_lines(rows)
    assert lines.rows is rows
    assert not len(lines.findings)
    assert not np.any(lines.rows["out_of_scope"])
