"""FIL: what is wrong with a file or with a line as such. Met while reading, so none has a question to ask."""

from pipeline.model.severity import ERROR, INFO
from pipeline.rules.rule import offence

file_empty = offence(
    "FIL-001",
    "file_empty",
    "A file without a header line cannot be checked.",
    title="No header line",
    severity=ERROR,
    source="feedwarden's own check",
    message="no header found: {reason}",
    hint="Check the download or export: the file needs its header line.",
)
column_missing = offence(
    "FIL-002",
    "column_missing",
    "Without a required column no line of the file can be processed.",
    title="Missing column",
    severity=ERROR,
    source="Amazon's feed error codes",
    amazon="90012",
    message="this {kind} has no column {columns}",
    hint="Add the missing columns to the header, or download the template or report again.",
)
column_unknown = offence(
    "FIL-003",
    "column_unknown",
    "A column that the kind of file does not have is ignored.",
    title="Unknown column",
    severity=INFO,
    source="Amazon's feed error codes",
    amazon="90061",
    message="unknown column {value}; its values are ignored",
    hint="Nothing to do if you do not need it; otherwise check the spelling of the column name.",
)
column_twice = offence(
    "FIL-004",
    "column_twice",
    "Two columns with the same name are ambiguous.",
    title="Duplicate column",
    severity=ERROR,
    source="feedwarden's own check",
    message="the column {value} is in the header more than once",
    hint="Remove or rename one of the two columns.",
)
too_many_cells = offence(
    "FIL-005",
    "too_many_cells",
    "In a line with more cells than the header the cells have shifted, and none can be trusted; nor is a line of more "
    "than 16 MiB read.",
    severity=ERROR,
    source="Amazon's reports and templates",
    message="{value} cells, but the header has {width}",
    hint="Remove the extra tab; it is often inside a name, an address or a title.",
)
undecodable = offence(
    "FIL-006",
    "undecodable",
    "Bytes that are invalid in the file's encoding would become wrong text.",
    title="Bytes that cannot be decoded",
    severity=ERROR,
    source="Amazon's reports and templates",
    message="byte {value} at offset {offset} of the file is not valid {encoding}",
    hint="Save the file as UTF-8, or name its encoding with --encoding.",
)
control_character = offence(
    "FIL-007",
    "control_character",
    "A control character or a lone carriage return breaks a line apart.",
    severity=ERROR,
    source="Amazon's reports and templates",
    message="control character {value} inside the line",
    hint="Remove the character, often a line break pasted into a cell.",
)
kind_unknown = offence(
    "FIL-008",
    "kind_unknown",
    "A file is recognized by the column names in its header, and these match no known kind of file.",
    title="Unknown kind of file",
    severity=ERROR,
    source="feedwarden's own check",
    message="not a known kind of file; {reason}",
    hint="Use a file that `feedwarden schema` lists, tab-separated and with Amazon's own column names.{advice}",
)
cells_shifted = offence(
    "FIL-011",
    "cells_shifted",
    "Where a TAB is missing or too many, cells stand in the wrong columns, a name or an address among them.",
    title="Shifted cells",
    severity=ERROR,
    source="Amazon's reports and templates",
    message="the cells do not fit their columns: a TAB is missing or too many",
    hint="Download the report again; what the line holds is neither used nor shown.",
)
not_professional = offence(
    "FIL-009",
    "not_professional",
    "Only Professional selling accounts may confirm several orders at once, in one file or in several.",
    title="Several orders on an Individual account",
    severity=ERROR,
    source="Amazon's order-processing help, step 4",
    message="the confirmation files hold {orders} orders together, but the account's plan is individual",
    hint="Confirm the orders one by one, or set plan to professional in account.toml if the account is.",
)
seen_before = offence(
    "FIL-010",
    "seen_before",
    "The same file again adds nothing; its confirmations are checked as usual.",
    title="File already processed",
    severity=INFO,
    source="feedwarden's own check",
    message="run {run} has already processed this content",
    hint="Nothing to do, unless you meant to use a newer file.",
)
