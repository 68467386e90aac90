"""Which kind of file this is, in which encoding, and what is odd about its header."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from typing import NamedTuple

import pandas as pd

from pipeline import findings
from pipeline.batch import Context
from pipeline.rules import files as rules
from schemas.kind import Kind
from schemas.kinds import KINDS, kind

LOOKED_AT = 12  # lines of a file in which its header and a processing report's table begin
HEADER_WITHIN = 3  # lines: template and label lines stand above the header (FORMATS §2a, §3a)
_DATA = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")
_SUMMARY = re.compile(r"(?:\t| {2,})\S[^\t]*?(?:\t+| {2,})[0-9]+\s*")
_ASCII = bytes(set(range(0x20, 0x7F)) - {ord("\\")}) + b"\t\r\n\\n"  # what escapes stand for is another text


class Header(NamedTuple):
    """A header: the kind it belongs to (None: not recognised), its physical line, its names and their spellings."""

    kind: Kind | None
    line: int
    names: tuple[str, ...]
    spelt: tuple[str, ...]


def fallback(context: Context) -> str:
    """The encoding of a file that is not UTF-8: cp932 where the account sells in Japan, else cp1252 (SPEC §2)."""
    return "cp932" if context.account.country == "JP" else "cp1252"


def usable_encoding(name: str) -> bool:
    """True for an encoding Python knows in which TAB, line ends and digits are the bytes of ASCII."""
    try:
        return _ASCII.decode(name, "backslashreplace") == _ASCII.decode("ascii")
    except (LookupError, ValueError):
        return False


def plain_name(encoding: str) -> str:
    """The encoding's one name in Python, so that utf8 and UTF-8-SIG are both utf-8: a BOM is dropped anyway."""
    return codecs.lookup(encoding).name.removesuffix("-sig")


def header(lines: list[str], context: Context) -> Header:
    """The header among a file's first lines: the first that a kind recognises, else the first with any text."""
    tried = [_read(number, line) for number, line in enumerate(lines[:HEADER_WITHIN], 1) if line.strip()]
    for one in tried:
        found = next((known for known in KINDS if known.matches(one.names)), None)
        if found:
            return one._replace(kind=found.day_first() if context.account.country == "AE" else found)
    if tried and _summary(lines):
        return _report_table(lines)
    return tried[0] if tried else Header(None, 1, (), ())


def _report_table(lines: list[str]) -> Header:
    """The header of a processing report's table; without one, no names, and the summary lines are all there is."""
    report = kind("processing-report")
    for number, line in enumerate(lines, 1):
        if "original-record-number" in line.lower():
            return _read(number, line)._replace(kind=report)
    return Header(report, len(lines), (), ())


def _summary(lines: list[str]) -> bool:
    """True where two of the first lines are a label and a count: a processing report, perhaps without a table."""
    return sum(bool(_SUMMARY.fullmatch(line.rstrip("\r"))) for line in lines[: HEADER_WITHIN + 1]) >= 2  # noqa: PLR2004


def counts(lines: list[str]) -> tuple[int, ...]:
    """The numbers of a processing report's summary lines: records processed, and of these successful."""
    told = [line.rstrip("\r") for line in lines[: HEADER_WITHIN + 1]]
    return tuple(int(line.split()[-1]) for line in told if _SUMMARY.fullmatch(line))


def _read(number: int, line: str) -> Header:
    spelt = [name.strip() for name in line.split("\t")]
    while spelt and not spelt[-1]:  # a trailing TAB is an unnamed last column (FORMATS §0, 3)
        spelt.pop()
    return Header(None, number, tuple(name.lower() for name in spelt), tuple(spelt))


def refusal(file: int, head: Header, text: list[str]) -> tuple[str, pd.DataFrame]:
    """The code and the one finding of a file refused whole; an empty code and no finding where it is not."""
    if not any(line.strip() for line in text):
        return _refused(rules.file_empty, file, head.line, reason="the file is empty")
    if head.kind is None:
        return _unrecognised(file, head)
    if any(_DATA.search(name) for name in head.spelt):
        return _refused(rules.file_empty, file, head.line, reason="its header line holds data: a line end is lost")
    twice = [head.spelt[head.names.index(name)] for name, times in Counter(head.names).items() if name and times > 1]
    if twice:
        return _refused(rules.column_twice, file, head.line, twice[0], column=twice[0])
    missing = [name for name in head.kind.required() if name not in head.names]
    if missing and head.names:
        words = {"column": missing[0], "kind": head.kind.title, "columns": ", ".join(missing)}
        return _refused(rules.column_missing, file, head.line, "", **words)
    return "", findings.none()


def _unrecognised(file: int, head: Header) -> tuple[str, pd.DataFrame]:
    if any(_DATA.search(name) for name in head.spelt):
        return _refused(rules.file_empty, file, head.line, reason="its first line is data, no header stands above it")
    nearest = min(KINDS, key=lambda one: (len(one.lacks(head.names)) / len(one.recognised), one.name))
    surplus = [f"no {name}" for name in nearest.never if name in head.names]
    words = {"nearest": nearest.title, "columns": ", ".join(nearest.lacks(head.names) or surplus)}
    return _refused(rules.kind_unknown, file, head.line, "", **words)


def _refused(rule: rules.Rule, file: int, line: int, value: str = "", **words: str) -> tuple[str, pd.DataFrame]:
    return rule.code, findings.about_file(rule, file, line, value, **words)


def unknown_columns(file: int, head: Header) -> pd.DataFrame:
    """A finding for each column the kind does not know: a warning in a confirmation, where Amazon warns too."""
    if head.kind is None:
        return findings.none()
    severity = findings.WARNING if head.kind.name == "confirmation" else findings.INFO
    strange = [
        findings.about_file(rules.column_unknown, file, head.line, spelt, column=spelt, severity=severity)
        for name, spelt in zip(head.names, head.spelt, strict=True)
        if head.kind.column(name) is None
    ]
    return findings.join(strange)
