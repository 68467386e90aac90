"""FIL: what is wrong with a file or with a line as such. Met while reading, so none has a question to ask."""

from pipeline.model.severity import ERROR, INFO
from pipeline.rules.rule import offence

file_empty = offence(
    "FIL-001",
    "file_empty",
    "A file without a header says nothing that could be checked.",
    severity=ERROR,
    source="SPEC §2",
    message="no header found: {reason}",
    hint="Check the download or the export, and give the file with its header line.",
)
column_missing = offence(
    "FIL-002",
    "column_missing",
    "Without a required column no line of the file can be processed.",
    severity=ERROR,
    source="FORMATS §4b",
    amazon="90012",
    message="this {kind} lacks {columns}",
    hint="Add the missing columns to the header, or download the template or report again.",
)
column_unknown = offence(
    "FIL-003",
    "column_unknown",
    "A column that the kind of file does not have is ignored.",
    severity=INFO,
    source="FORMATS §0, 1; §4b",
    amazon="90061",
    message="the column {value} is not known here; its values are ignored",
    hint="Nothing to do if you do not need it; else check the spelling of the heading.",
)
column_twice = offence(
    "FIL-004",
    "column_twice",
    "Of two columns with one name nobody can say which is meant.",
    severity=ERROR,
    source="SPEC §2",
    message="the column {value} stands in the header twice",
    hint="Remove or rename one of the two columns.",
)
too_many_cells = offence(
    "FIL-005",
    "too_many_cells",
    "Where a line has more cells than the header, its cells have shifted and none can be trusted.",
    severity=ERROR,
    source="FORMATS §0, 4",
    message="{value} cells, where the header has {width}",
    hint="Remove the surplus TAB, often one inside a name, an address or a title.",
)
undecodable = offence(
    "FIL-006",
    "undecodable",
    "Bytes that the file's encoding does not have would become wrong text.",
    severity=ERROR,
    source="FORMATS §1e",
    message="byte {value} at offset {offset} of the file is not {encoding}",
    hint="Save the file as UTF-8, or name its encoding with --encoding.",
)
control_character = offence(
    "FIL-007",
    "control_character",
    "Inside a line, a control character or a carriage return on its own breaks it apart.",
    severity=ERROR,
    source="FORMATS §1e",
    message="control character {value} inside the line",
    hint="Remove the character, often a line break pasted into a cell.",
)
kind_unknown = offence(
    "FIL-008",
    "kind_unknown",
    "A file is read by the names in its header, and these belong to no kind of file.",
    severity=ERROR,
    source="SPEC §2",
    message="not a known kind of file; {reason}",
    hint="Use a file that `feedwarden schema` lists, tab-separated and with Amazon's own column names.{advice}",
)
not_professional = offence(
    "FIL-009",
    "not_professional",
    "Only Professional selling accounts may confirm several orders in one file.",
    severity=ERROR,
    source="seed, step 4 (b)",
    message="confirms {orders} orders, but the account's plan is individual",
    hint="Confirm the orders one by one, or set plan to professional in account.toml if the account is.",
)
seen_before = offence(
    "FIL-010",
    "seen_before",
    "The same content again adds nothing; its confirmations are judged as always.",
    severity=INFO,
    source="SPEC §8",
    message="run {run} has processed this content already",
    hint="Nothing to do; check that you did not mean to give a newer file.",
)
