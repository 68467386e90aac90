"""What to do about all findings of a rule: a hint that is true of each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.model.findings import LEDGER_FILE
from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.rules.report_hints import DOWNLOAD_AGAIN, is_downloaded_again
from pipeline.rules.rule import Rule

_ANY_COLUMN = "the column that each line names"
_PLACEHOLDER = re.compile(r"\{\w+\}")
_SENTENCES = re.compile(r"(?<=\.)\s+")
_OWN_FILES, _REPORTS = "Your own files", "Amazon’s reports"


def list_hints(
    rule: Rule, count: CodeCount, examples: list[dict[str, Any]], result: RunResult
) -> list[tuple[str, str]]:
    """The hints of the rule, each beside the files that it is for where there are two sorts of them."""
    files = [file for file in result.finding_counts.files_by_code.get(rule.code, ()) if file != LEDGER_FILE]
    downloaded = {file for file in files if is_downloaded_again(rule.code, result.plans[file].kind)}
    if files and len(downloaded) == len(files):
        return [("", DOWNLOAD_AGAIN)]
    own_hints = [example["hint"] for example in examples if not example["hint"].startswith(DOWNLOAD_AGAIN)]
    is_complete = count.occurrences == len(examples) and len(set(own_hints)) == 1
    own_hint = own_hints[0] if is_complete else generalize_hint(rule.hint, own_hints)
    return [(_OWN_FILES, own_hint), (_REPORTS, DOWNLOAD_AGAIN)] if downloaded else [("", own_hint)]


def generalize_hint(hint: str, examples: Sequence[str] = ()) -> str:
    """The sentences of a rule's hint that hold for every finding, with the column described; else an example."""
    sentences = _SENTENCES.split(hint.replace("{column}", _ANY_COLUMN))
    if kept := [sentence for sentence in sentences if not _PLACEHOLDER.search(sentence)]:
        return " ".join(kept)
    return f"For example: {examples[0]}" if examples else "See the hint of each finding in reports/findings.tsv."
