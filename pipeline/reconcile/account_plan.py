"""Files that the plan of the account does not allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.model import findings
from pipeline.model.account import INDIVIDUAL
from pipeline.model.file_plan import FilePlan
from pipeline.model.group_result import FileFacts
from pipeline.model.run_context import RunContext
from pipeline.rules import build_findings, files
from pipeline.utils import groups
from schemas import confirmation


def refuse_bulk_confirmations(
    plans: Sequence[FilePlan], group_facts: Sequence[tuple[int, FileFacts]], context: RunContext
) -> tuple[list[FilePlan], pd.DataFrame]:
    """The plans, and why files are refused: all confirmation files where these together hold more than one order.

    That is of an account that may confirm but one (SPEC §4, Plan). ``group_facts`` has for each group the number of its
    first file, which stands for all of them, and what its rows say.
    """
    order_count = _count_orders(plans, group_facts) if context.account.plan == INDIVIDUAL else 0
    if order_count <= 1:
        return list(plans), findings.empty_findings()
    kept, refusals = list(plans), []
    for plan in filter(_is_usable_confirmation, plans):
        kept[plan.file] = replace(plan, refusal_code=files.not_professional.code)
        refusals.append(
            build_findings.file_finding(files.not_professional, plan.file, plan.header_line, orders=str(order_count))
        )
    return kept, findings.concat_findings(refusals)


def _is_usable_confirmation(plan: FilePlan) -> bool:
    return plan.kind is not None and plan.kind.name == confirmation.KIND.name and not plan.refusal_code


def _count_orders(plans: Sequence[FilePlan], group_facts: Sequence[tuple[int, FileFacts]]) -> int:
    """How many different orders the confirmation files together hold."""
    order_keys = [
        facts.order_keys
        for file, facts in group_facts
        if facts.order_keys is not None and _is_usable_confirmation(plans[file])
    ]
    return len(groups.sorted_unique(np.concatenate(order_keys))) if order_keys else 0
