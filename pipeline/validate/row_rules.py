"""Row rules over the typed rows of a group, and which of the rows are believed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.model.columns import verified
from pipeline.model.file_columns import split_table
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.group_result import CheckedRows
from pipeline.model.run_context import RunContext
from pipeline.rules import cancellations, cells, order_reports
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import Rule, rules_about
from pipeline.utils import arrow
from schemas.kind import FileKind

_RULE_MODULES = (cells, order_reports, cancellations)


def check_rows(rows: pd.DataFrame, kind: FileKind, row_findings: pd.DataFrame, context: RunContext) -> CheckedRows:
    """The rows with ``valid`` (no error was found in them) and ``out_of_scope`` (not the seller's); all findings."""
    rows = _add_rule_columns(rows, kind)
    row_findings = findings.concat_findings([row_findings, evaluate_rules(_rules_of_kind(kind), rows, context.policy)])
    rows["valid"] = arrow.to_series(~findings.has_error(rows, row_findings))
    return CheckedRows(verified(rows, split_table(kind)), row_findings)


def _rules_of_kind(kind: FileKind) -> list[Rule]:
    """The rules that ask of the rows of a file of the kind."""
    return [rule for module in _RULE_MODULES for rule in rules_about(module, kind.name)]


def _add_rule_columns(rows: pd.DataFrame, kind: FileKind) -> pd.DataFrame:
    """The rows with what a rule of theirs asks about and no single cell says."""
    ignored = np.zeros(len(rows), bool)
    if kind.name == "all-orders":
        special_order = pc.fill_null(pc.starts_with(arrow.to_arrow(rows["order_id"]), "S01"), False)
        ignored = special_order.to_numpy()
        rows["amazon_fulfilled"] = arrow.to_series(ignored | is_amazon_fulfilled(rows["fulfillment_channel"]))
    if kind.name == "confirmation":
        rows["carrier_spelling"] = rows["carrier_code"]
    if kind.name == "cancellation":
        is_given = [arrow.is_valid(rows[name]) for name in ("cancellation-reason-code", "order-item-id")]
        rows["reason_item_mismatch"] = arrow.to_series(is_given[0] != is_given[1])
    rows["out_of_scope"] = arrow.to_series(ignored)
    return rows
