"""What to do about a line of one of Amazon's own reports: nobody corrects it, it is downloaded again."""

from __future__ import annotations

from pipeline.rules import cells, files
from pipeline.rules.rule import Rule
from schemas.kind import FileKind
from schemas.kinds import AMAZON_REPORT_KINDS

DOWNLOAD_AGAIN = "Download the report again and use it as it comes: what Amazon wrote is not corrected by hand."
_DATES = f"{DOWNLOAD_AGAIN} Its dates are written as {{spelling}}."
_CORRECTED_BY_HAND = {  # rules whose hint is for a file that a person writes
    rule.code
    for rule in (
        *(cells.value_missing, cells.not_an_id, cells.not_a_date, cells.not_a_number, cells.not_money),
        *(cells.not_listed, cells.too_long, cells.not_a_code, files.too_many_cells, files.control_character),
    )
}


def choose_hint(rule: Rule, kind: FileKind | None) -> str:
    """The hint of a finding in a file of the kind: the rule's, or to download the report again."""
    if not is_downloaded_again(rule.code, kind):
        return rule.hint
    return _DATES if rule.code == cells.not_a_date.code else DOWNLOAD_AGAIN


def is_downloaded_again(code: str, kind: FileKind | None) -> bool:
    """Whether what the rule finds in a file of the kind is Amazon's own, and not to be corrected."""
    return code in _CORRECTED_BY_HAND and kind is not None and kind.name in AMAZON_REPORT_KINDS
