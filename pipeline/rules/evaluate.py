"""Asks rules of rows and collects what they find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.rules.rule import Rule

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


def evaluate_rules(rules: list[Rule], rows: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Everything the rules have to say about the rows."""
    from pipeline.model import findings as model_findings

    return (
        model_findings.concat_findings([rule.collect_findings(rows, policy) for rule in rules])
        if len(rows)
        else model_findings.empty_findings()
    )
