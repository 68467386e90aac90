"""Lines of an Orders report that continue an earlier one: skipped, their promotions added to its item (ORD-111)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.rules import build_findings, cells, order_reports
from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY, MONEY_SUM, Array
from schemas.kinds import find_kind

DISCOUNTS = {
    "item_promotion_discount": "item-promotion-discount",
    "ship_promotion_discount": "ship-promotion-discount",
}
_MONEY_LIMIT = Decimal(10**18)
_NO_LINE = -1


class PromotionLines(NamedTuple):
    """The rows of Orders reports, of which those that continue another are ``out_of_scope``, and the findings."""

    rows: pd.DataFrame
    findings: pd.DataFrame


def resolve_promotion_lines(rows: pd.DataFrame) -> PromotionLines:
    """The rows with promotion details skipped where they continue an earlier line, and not valid where they do not.

    ``rows`` are all of an order's. A line is continued that has both ids and stands earlier in the same file.
    """
    is_detail = arrow.to_bool(rows["promotion_detail"]) if "promotion_detail" in rows else np.zeros(len(rows), bool)
    if not is_detail.any():
        return PromotionLines(rows, findings.empty_findings())
    continued = _find_continued(rows, is_detail)
    is_continuing, is_orphan = is_detail & (continued != _NO_LINE), is_detail & (continued == _NO_LINE)
    line = arrow.to_int64(rows["line"])
    details = arrow.filter_rows(rows, is_continuing)
    details["continued_line"] = arrow.to_series(line[continued[is_continuing]])
    discounts = {name: _add_discounts(rows, name, continued, is_continuing) for name in DISCOUNTS if name in rows}
    return PromotionLines(
        rows.assign(
            out_of_scope=arrow.to_series(arrow.to_bool(rows["out_of_scope"]) | is_continuing),
            valid=arrow.to_series(arrow.to_bool(rows["valid"]) & ~is_orphan),
            **discounts,
        ),
        findings.concat_findings(
            [
                build_findings.row_findings(order_reports.line_continued, details, column="order-item-id"),
                *_report_missing(arrow.filter_rows(rows, is_orphan)),
            ]
        ),
    )


def _find_continued(rows: pd.DataFrame, is_detail: Array) -> Array:
    """For each detail the position of the last line before it, of the same file and ids, that is none; else -1."""
    keys = [arrow.to_int64(rows[name]) for name in ("line", "item_key", "order_key", "file")]
    order = np.lexsort(keys)
    places = np.arange(len(order))
    starts_group = np.ones(len(order), bool)
    starts_group[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys[1:]])
    group_start = np.maximum.accumulate(np.where(starts_group, places, 0))
    last_line = np.maximum.accumulate(np.where(is_detail[order], -1, places))
    continued = np.full(len(order), _NO_LINE)
    continued[order] = np.where(last_line >= group_start, order[np.maximum(last_line, 0)], _NO_LINE)
    return np.where(is_detail, continued, _NO_LINE)


def _add_discounts(rows: pd.DataFrame, name: str, continued: Array, is_continuing: Array) -> pd.Series[Any]:
    """The discounts of all lines, those of the details added; null where one of them cannot be read or is too large."""
    value, text = arrow.to_arrow(rows[name]).cast(MONEY_SUM), arrow.to_arrow(rows[DISCOUNTS[name]])
    line = np.where(is_continuing, continued, np.arange(len(rows)))
    unreadable = pc.and_(pc.is_valid(text), pc.is_null(value))
    sums = pa.table({"line": line, "value": value, "unreadable": unreadable}).group_by("line", use_threads=False)
    total = sums.aggregate([("value", "sum"), ("unreadable", "any")])
    is_unknown = pc.or_kleene(total["unreadable_any"], pc.greater_equal(pc.abs(total["value_sum"]), _MONEY_LIMIT))
    summed = pc.if_else(pc.fill_null(is_unknown, False), pa.scalar(None, MONEY_SUM), total["value_sum"])
    places = pc.index_in(pa.array(np.arange(len(rows))), value_set=total["line"].combine_chunks())
    return arrow.to_series(pc.cast(summed, MONEY).take(places), rows.index)


def _report_missing(orphans: pd.DataFrame) -> list[pd.DataFrame]:
    """The findings of lines that give only a promotion and continue no line: what they lack is missing."""
    rule = cells.value_missing
    return [
        build_findings.row_findings(
            rule,
            orphans.assign(value=arrow.to_series(pa.nulls(len(orphans), pa.string()))),
            value="value",
            column=name,
            message=rule.message.replace("{column}", name),
            hint=rule.hint.replace("{column}", name),
        )
        for name in find_kind("orders").continued_blanks
        if len(orphans)
    ]
