"""reports/claims.tsv: every claim, where it stands, on what grounds, until when, and what it costs."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from pipeline.model import calendar
from pipeline.model.marketplaces import number_channels
from pipeline.model.run_context import RunContext
from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow

CLAIMS_PATH = "reports/claims.tsv"
_CLAIM_COLUMNS = (
    *("claim_id", "order_id", "claim_type", "status", "eligible_from", "contact_at", "reply_at", "grant_reasons"),
    *("dispute_grounds", "answer_by", "appeal_by", "counts_in_odr", "debited", "reimbursed", "currency"),
)

FLAGS = ("awaits_info", "appealable", "appeal_undated")  # of a claim, beside what the report has


def write_claims(folder: OutputFolder, result: RunResult) -> None:
    """The claims of this run, and those of earlier nights that are open or count, by claim id, then order id."""
    tables.write_tsv(
        folder, CLAIMS_PATH, (part.select(_CLAIM_COLUMNS) for part in result.tables["claims"].iter_chunks())
    )


def build_claims_table(claim_rows: pd.DataFrame, order_items: pd.DataFrame, context: RunContext) -> pa.Table:
    """The claims with the columns of the report, in its order, and what else people are shown of them.

    That is ``claim_amount``, whether it ``awaits_info``, is ``appealable`` or ``appeal_undated``, and the numbers of
    the time zone and the marketplace of their order.
    """
    claims_table = arrow.to_table(claim_rows, (*_CLAIM_COLUMNS, "claim_amount", *FLAGS))
    channel = calendar.find_order_channels(arrow.to_int64(claim_rows["order_key"]), order_items)
    zones = calendar.zone_numbers(*calendar.assign_time_zones(channel, context))
    claims_table = claims_table.append_column("zone", pa.array(zones, pa.int64()))
    claims_table = claims_table.append_column("marketplace", pa.array(number_channels(channel, context), pa.int64()))
    return claims_table.sort_by([("claim_id", "ascending"), ("order_id", "ascending")]).combine_chunks()
