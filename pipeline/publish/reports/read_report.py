"""The reports of an output, read back as frames of Arrow columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY, TIMESTAMP

_TEXT_REPORT_TYPES = {  # of the columns that are no text, in reports that have no Parquet file
    "due_at": TIMESTAMP,
    "hours_left": pa.decimal128(12, 1),
    "quantity": pa.int64(),
    "amount": MONEY,
    "eligible_from": TIMESTAMP,
    "answer_by": TIMESTAMP,
    "appeal_by": TIMESTAMP,
    "debited": MONEY,
    "reimbursed": MONEY,
}
_ESCAPED_FORMULA = "^'(['=@+＝＠＋－-])"  # noqa: RUF001  as reports show it to a spreadsheet


def read_report(folder: Path, path: str) -> pd.DataFrame:
    """The rows of the report, a column each with its Arrow dtype: as written, an empty cell null.

    ``path`` has no ending: a Parquet file is read where there is one. FileNotFoundError where there is no report.
    """
    parquet_file = folder / f"{path}.parquet"
    if parquet_file.is_file():
        return arrow.to_frame(_decode_dictionaries(pq.read_table(parquet_file)))
    return arrow.to_frame(_read_text(folder / f"{path}.tsv"))


def _decode_dictionaries(rows: pa.Table) -> pa.Table:
    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in rows.schema
    ]
    return rows.cast(pa.schema(fields))


def _read_text(path: Path) -> pa.Table:
    """The cells as their values, formulas as they were before the report made them harmless."""
    with path.open(encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
    rows = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(delimiter="\t", quote_char=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
        ),
    )
    columns = [
        column.cast(_TEXT_REPORT_TYPES[name])
        if name in _TEXT_REPORT_TYPES
        else pc.replace_substring_regex(column, _ESCAPED_FORMULA, r"\1")
        for name, column in zip(rows.column_names, rows.columns, strict=True)
    ]
    return pa.table(columns, names=rows.column_names)
