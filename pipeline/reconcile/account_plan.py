"""Files that the plan of the account does not allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.model import findings
from pipeline.model.account import INDIVIDUAL
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_context import RunContext
from pipeline.model.split_result import FileFacts
from pipeline.rules import build_findings, files
from pipeline.utils import groups


def refuse_bulk_confirmations(
    plans: Sequence[FilePlan], split_facts: Sequence[tuple[int, FileFacts]], context: RunContext
) -> tuple[list[FilePlan], pd.DataFrame]:
    """The plans, bulk confirmations refused whole where the account may not give such (SPEC §4, Plan), and why.

    ``split_facts`` has for each split the number of its file and what its rows say of that.
    """
    if context.account.plan != INDIVIDUAL:
        return list(plans), findings.empty_findings()
    kept, refusals = list(plans), []
    for plan in plans:
        order_keys = [
            facts.order_keys for file, facts in split_facts if file == plan.file and facts.order_keys is not None
        ]
        order_count = len(groups.sorted_unique(np.concatenate(order_keys))) if order_keys else 0
        if order_count > 1:
            kept[plan.file] = replace(plan, refusal_code=files.not_professional.code)
            refusals.append(
                build_findings.file_finding(
                    files.not_professional, plan.file, plan.header_line, orders=str(order_count)
                )
            )
    return kept, findings.concat_findings(refusals)
