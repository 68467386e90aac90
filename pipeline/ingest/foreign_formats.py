"""What a file is that cannot be one of the flat files, and what to give in its place (FIL-008)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from schemas.kind import FileKind
from schemas.kinds import AMAZON_REPORT_KINDS, KINDS

_SAVE_AS_TEXT = (
    "In the spreadsheet ids and dates must be in columns of the format Text from the beginning, or it damages them "
    "(FMT-010): check that every id has all of its digits, then Save As, type Text (Tab delimited), and give that file."
)
_IMPORT_AS_TEXT = (
    "Do not open it with a double click, which damages ids and dates (FMT-010): import it into the spreadsheet (Data > "
    "From Text/CSV) with every column as Text, then Save As, type Text (Tab delimited), and give that file."
)
_DOWNLOAD_TEXT = "Download the flat-file (tab-delimited text) version of the report and give that."
_DOWNLOAD_ANSWER = "Download the processing report of the flat-file feed (text) and give that."
_ORDER_REPORTS = "Download the Orders report or the Unshipped Orders report in its place (Orders > Order Reports)."
_SELLER_RETURNS = "For returns of orders that the seller ships, download the Returns report by return date."
_MIN_SEPARATORS = 2  # in a header: three columns, as the smallest kinds have
_NAME_PATTERN = re.compile(r"[\"']?[^\W_][\w .:/()#&-]{0,60}[\"']?")
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNATURES = {  # with which the files of common formats begin
    b"\x89PNG\r\n": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\0": "an SQLite database",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"BZh": "an archive (bzip2)",
    b"\xfd7zXZ\0": "an archive (xz)",
    b"\x28\xb5\x2f\xfd": "an archive (zstd)",
}
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r\f\v\x1b"))  # that no text holds; an escape begins some JIS text
_MIN_CONTROLS, _MIN_CONTROL_SHARE = 3, 0.02
_NULS_OF_UTF16 = re.compile(rb"(?:[^\0]\0){4}|(?:\0[^\0]){4}")


class ForeignFormat(NamedTuple):
    """What a file is instead of a flat file, in words, and what to do about it."""

    title: str
    advice: str


_LEGACY_WORKBOOK = ForeignFormat("an Excel workbook (.xls)", _SAVE_AS_TEXT)
_WORKBOOK = "an Excel workbook (.xlsx)"
_OPEN_DOCUMENT = "an OpenDocument file"
_OFFICE_DOCUMENT = "an Office document"
_NO_MARK = ForeignFormat(
    "text in UTF-16 without its byte order mark", "Save it as UTF-8, or as Unicode text with the mark."
)
_PDF = ForeignFormat("a PDF document", _DOWNLOAD_TEXT)
_WEB_PAGE = ForeignFormat(
    "a web page (HTML)", "Sign in and download the report again; the page was saved in its place."
)
_UNPACK = "Unpack it and give the text file in it; .zip and .gz are read as they are."
_BINARY = ForeignFormat("binary data, not a text file", _DOWNLOAD_TEXT)
_JSON_ANSWER = ForeignFormat("the answer to a JSON feed", _DOWNLOAD_ANSWER)
_JSON = ForeignFormat("a JSON document", _DOWNLOAD_TEXT)
_XML_ANSWER = ForeignFormat("an XML processing report", _DOWNLOAD_ANSWER)
_XML = ForeignFormat("an XML document", _DOWNLOAD_TEXT)
_SPELT_TABS = ForeignFormat(
    r"text whose TABs are spelt \t", r"Replace each \t by a TAB, in the header and in every line."
)
_TRANSLATED = ForeignFormat(
    "a table without Amazon's English headings",
    "Download it again and leave its headings as they are; they are in the first 3 lines.",
)

# Reports that are like the known kinds: by any of the sets of names in their header, those of one set together.
_NEIGHBOURS: tuple[tuple[ForeignFormat, tuple[frozenset[str], ...]], ...] = (
    (
        ForeignFormat("a settlement report", f"It lists payments, not orders to ship. {_ORDER_REPORTS}"),
        (frozenset({"settlement-id"}), frozenset({"settlement id", "type", "total"})),
    ),
    (
        ForeignFormat("a report of Fulfillment by Amazon", f"{_ORDER_REPORTS} {_SELLER_RETURNS}"),
        (
            *(frozenset({name}) for name in ("fnsku", "license-plate-number", "fulfillment-channel-sku")),
            *(frozenset({name}) for name in ("afn-listing-exists", "removal-order-id", "shipment-item-id")),
            frozenset({"fulfillment-center-id", "order-id"}),
        ),
    ),
    (
        ForeignFormat(
            "a listings or inventory file",
            f"It lists offers, not orders. {_ORDER_REPORTS} A stock count has the columns sku, quantity, counted-at.",
        ),
        (
            *(frozenset({"listing-id", "item-name", name}) for name in ("seller-sku", "open-date")),
            frozenset({"seller-sku", "price"}),
            frozenset({"sku", "product-id", "product-id-type"}),
            frozenset({"sku", "price", "quantity"}),
            frozenset({"sku", "asin", "price"}),
        ),
    ),
)


def recognize_document(member_names: Iterable[str]) -> str:
    """What a zip archive is where it is a document of an office program, else an empty text."""
    names = set(member_names)
    if "[Content_Types].xml" in names:
        return _WORKBOOK if any(name.startswith("xl/") for name in names) else _OFFICE_DOCUMENT
    return _OPEN_DOCUMENT if {"content.xml", "META-INF/manifest.xml"} <= names else ""


def describe_document(title: str) -> ForeignFormat:
    """The office document of that title, and how to save it as text."""
    return ForeignFormat(title, _SAVE_AS_TEXT)


def recognize_format(head: bytes, lines: list[str]) -> ForeignFormat | None:
    """What a file is whose header no kind recognises; None where it may be a flat file.

    ``head`` is the begin of its bytes, ``lines`` its first lines as text.
    """
    filled_lines = [line for line in lines if line.strip()]
    header = next((line for line in filled_lines if _separator(line)), filled_lines[0] if filled_lines else "")
    text = "\n".join(filled_lines).lstrip("\ufeff \t\r\n")
    return _recognize_bytes(head) or _recognize_markup(text) or _recognize_table(header, filled_lines)


def _recognize_bytes(head: bytes) -> ForeignFormat | None:
    if head.startswith(_OLE_MAGIC):
        return _LEGACY_WORKBOOK
    if head.startswith(b"%PDF-"):
        return _PDF
    title = next((title for begin, title in _SIGNATURES.items() if head.startswith(begin)), None)
    if title:
        return ForeignFormat(title, _UNPACK if "archive" in title else _DOWNLOAD_TEXT)
    if _NULS_OF_UTF16.match(head):
        return _NO_MARK
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return _BINARY if controls >= max(_MIN_CONTROLS, _MIN_CONTROL_SHARE * len(head)) else None


def _recognize_markup(text: str) -> ForeignFormat | None:
    start = text[:4096]
    if re.match(r"[\[{]\s*(?:[\[\]{}\"]|-?[0-9]|true|false|null)", start):
        return _JSON_ANSWER if '"messagesProcessed"' in text or '"messagesAccepted"' in text else _JSON
    if re.match(r"<(?:!doctype html|html)\b", start, re.IGNORECASE):
        return _WEB_PAGE
    if re.match(r"<[?!A-Za-z]", start):
        return _XML_ANSWER if re.search(r">\s*ProcessingReport\s*<|<ProcessingReport\b", text) else _XML
    return None


def _recognize_table(header: str, lines: list[str]) -> ForeignFormat | None:
    names = {name.strip().lower() for name in header.split("\t")}
    neighbour = next((known for known, signs in _NEIGHBOURS if any(sign <= names for sign in signs)), None)
    separator = _separator(header)
    if neighbour or separator is None:
        return neighbour or (_TRANSLATED if _is_translated(lines) else None)
    return _SPELT_TABS if separator == r"\t" else _describe_separated(header, separator)


def _separator(line: str) -> str | None:
    """What stands between the names of a header that has no TAB; None where it has, or is no header."""
    for separator in (r"\t", ",", ";", "|"):
        names = [name.strip() for name in line.rstrip("\r\n").split(separator)]
        if "\t" not in line and len(names) > _MIN_SEPARATORS and all(_NAME_PATTERN.fullmatch(n) for n in names if n):
            return separator
    return None


def _describe_separated(header: str, separator: str) -> ForeignFormat:
    names = [name.strip(" \"'\r").lower() for name in header.split(separator)]
    kind = next((known for known in KINDS if known.matches_header(names)), None)
    word = {",": "comma", ";": "semicolon", "|": "pipe"}[separator]
    title = f"{_with_article(kind)}, but {word}-separated" if kind else f"a {word}-separated file"
    is_own = kind is not None and kind.name not in AMAZON_REPORT_KINDS
    again = "" if is_own else " If it is one of Amazon's reports, download it again as tab-delimited text."
    return ForeignFormat(title, f"Columns must be tab-separated.{again} {_IMPORT_AS_TEXT}")


def _with_article(kind: FileKind) -> str:
    return f"{'an' if kind.title[0] in 'AEIOUaeiou' else 'a'} {kind.title}"


def _is_translated(lines: list[str]) -> bool:
    """True for a first line of several cells, most of which hold letters that are not ASCII."""
    cells = [cell.strip() for cell in lines[0].split("\t")] if lines else []
    return len(cells) > _MIN_SEPARATORS and sum(not cell.isascii() for cell in cells) * 2 > len(cells)
