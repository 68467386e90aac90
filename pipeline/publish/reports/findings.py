"""reports/findings: everything there is to say, with the name of the file it is about."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import findings
from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.cells import escape_name, to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from schemas.kinds import KINDS

FINDINGS_PATH = "reports/findings"
_DICTIONARY_COLUMNS = ("source_file", "column", "code", "severity", "message", "hint")
_PERSONAL_COLUMNS = pa.array(sorted({column.name for kind in KINDS for column in kind.columns if column.personal}))
_REPORT_SCHEMA = pa.schema(
    [
        ("source_file", pa.string()),
        ("line", pa.int64()),
        ("record", pa.int64()),
        *((name, pa.string()) for name in findings.TEXT_COLUMNS),
    ]
)


def write_tsv(folder: OutputFolder, result: RunResult) -> None:
    """The findings as text."""
    tables.write_report(folder, f"{FINDINGS_PATH}.tsv", _iter_report_parts(result))


def write_parquet(folder: OutputFolder, result: RunResult) -> None:
    """The findings as Parquet."""
    tables.write_parquet(folder, f"{FINDINGS_PATH}.parquet", _iter_report_parts(result), _DICTIONARY_COLUMNS)


def format_findings(finding_rows: pa.Table, result: RunResult) -> list[dict[str, str]]:
    """The findings, each cell as the report has it."""
    report_rows = _build_report_part(finding_rows, _list_file_names(result))
    return [dict(zip(report_rows.column_names, row, strict=True)) for row in tables.format_rows(report_rows)]


def _list_file_names(result: RunResult) -> pa.Array:
    names = (plan.source.name for plan in result.plans)
    return pa.array([*map(escape_name, names), findings.LEDGER_FILE_NAME], pa.string())


def _iter_report_parts(result: RunResult) -> Iterator[pa.Table]:
    file_names = _list_file_names(result)
    return (_build_report_part(part, file_names) for part in result.tables["findings"].iter_chunks())


def _build_report_part(finding_rows: pa.Table, file_names: pa.Array) -> pa.Table:
    """The columns of the report; what the buyer wrote about himself is masked, whoever quoted it."""
    file_numbers = to_single_chunk(finding_rows["file"])
    columns, values = to_single_chunk(finding_rows["column"]), to_single_chunk(finding_rows["value"])
    is_personal = pc.and_(
        pc.is_in(columns, value_set=_PERSONAL_COLUMNS), pc.greater(to_single_chunk(finding_rows["record"]), 0)
    )
    report_columns = {name: to_single_chunk(finding_rows[name]) for name in finding_rows.column_names} | {
        "source_file": file_names.take(
            pc.if_else(pc.equal(file_numbers, findings.LEDGER_FILE), len(file_names) - 1, file_numbers)
        ),
        "value": pc.if_else(is_personal, findings.MASK, values),
    }
    return pa.table([report_columns[field.name].cast(field.type) for field in _REPORT_SCHEMA], schema=_REPORT_SCHEMA)
