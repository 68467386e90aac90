"""What a run adds to the confirmations of earlier ones: Amazon's answers, and when they were submitted."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from pipeline.ledger.tables import CONFIRMATIONS
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow
from pipeline.utils.dtypes import TIMESTAMP


def build_answer_rows(rows: pd.DataFrame, submitted: pd.DataFrame, context: RunContext) -> pa.Table:
    """The published confirmations that Amazon has answered by now, then others with when they were submitted."""
    names = [name for name in CONFIRMATIONS.schema.names if name != "seq"]
    answered = arrow.to_table(rows, names).drop_columns(["answered_at"])
    answered = answered.append_column("answered_at", pa.array([context.as_of] * len(rows), TIMESTAMP))
    return pa.concat_tables([answered, arrow.to_table(submitted, answered.column_names).cast(answered.schema)])
