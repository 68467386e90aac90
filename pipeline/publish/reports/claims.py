"""reports/claims.tsv: every claim, where it stands, on what grounds, until when, and what it costs."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow

CLAIMS_PATH = "reports/claims.tsv"
_CLAIM_COLUMNS = (
    *("claim_id", "order_id", "claim_type", "status", "eligible_from", "contact_at", "reply_at", "grant_reasons"),
    *("dispute_grounds", "answer_by", "appeal_by", "counts_in_odr", "debited", "reimbursed", "currency"),
)


def write_claims(folder: OutputFolder, result: RunResult) -> None:
    """The claims of this run, and those of earlier nights that are open or count, by claim id, then order id."""
    tables.write_tsv(folder, CLAIMS_PATH, result.tables["claims"].iter_chunks())


def build_claims_table(claim_rows: pd.DataFrame) -> pa.Table:
    """The claims with the columns of the report, in its order."""
    claims_table = arrow.to_table(claim_rows, _CLAIM_COLUMNS)
    return claims_table.sort_by([("claim_id", "ascending"), ("order_id", "ascending")]).combine_chunks()
