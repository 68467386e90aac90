"""Files as they come: every file of fixtures/awkward and fixtures/rules/FIL-*.toml gets its findings, line by line."""

import codecs
import functools
import gzip
import io
import random
import re
import tomllib
import zipfile
from collections import Counter

import pytest

from tests import tables

AWKWARD = tables.FIXTURES / "awkward"
PARTS = tomllib.loads((AWKWARD / "parts.toml").read_text("utf-8"))
COUNTS = ("lines", "header", "blank", "accepted", "rejected", "skipped", "unreadable")
LETTER = {"error", "warning", "info"}


ORDERS = b"111-0000000-"  # how the order ids of the pieces begin


def cases():
    for path in [AWKWARD / "corpus.toml", *sorted((tables.FIXTURES / "rules").glob("FIL-*.toml"))]:
        for case in tomllib.loads(path.read_text("utf-8"))["case"]:
            yield pytest.param(case, id=f"{path.stem}-{case['name']}".replace(" ", "_"))


def filled(text):
    """The pieces put in, the escapes turned into bytes."""
    for name, part in PARTS.items():
        text = text.replace(f"{{{name}}}", part)
    return codecs.escape_decode(text.encode())[0]


def content(case):
    if "make" in case:
        return MAKERS[case["make"]]()
    if "data" in case:
        return filled(case["data"])
    return b"".join(filled(line) + b"\n" for line in case["lines"])


def long_header():
    names = [f"column-{number}-{'x' * 38}" for number in range(400)]
    return (filled("{C}").decode() + "\t" + "\t".join(names) + "\n" + filled("{c1}").decode() + "\n").encode()


def huge_cell():
    cell = "1Z" + "9" * 3_000_000
    return filled("{C}\n111-0000000-0000001\t\t\t2026-03-09\tUPS\t\t" + cell + "\t\n{c2}\n")


def noise():
    return random.Random(7).randbytes(5000)


MAKERS = {"long_header": long_header, "huge_cell": huge_cell, "noise": noise}


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def locked(data):
    """A zip whose member says that it is encrypted."""
    packed = bytearray(zipped({"case.txt": data}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def utf16(data):
    """The text as a spreadsheet saves it under the name of Unicode text."""
    return codecs.BOM_UTF16_LE + data.decode().encode("utf-16-le")


WRAPS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "two gzip members": lambda data: gzip.compress(data[:150], mtime=0) + gzip.compress(data[150:], mtime=0),
    "broken gzip": lambda data: gzip.compress(data, mtime=0)[:-12],
    "wrong gzip": lambda data: gzip.compress(data, mtime=0)[:-8] + b"\0\0\0\0" + gzip.compress(data, mtime=0)[-4:],
    "zip": lambda data: zipped({"inner.txt": data}),
    "zip of two": lambda data: zipped({"in/case.txt": data, "in/other.txt": filled("{U}\n{u1}\n")}),
    "empty zip": lambda _: zipped({}),
    "climbing zip": lambda data: zipped({"../../../case.txt": data}),
    "workbook": lambda data: zipped({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": data}),
    "broken zip": lambda data: zipped({"case.txt": data})[:-30],
    "locked zip": locked,
    "utf-16": utf16,
    "utf-16 big": lambda data: codecs.BOM_UTF16_BE + data.decode().encode("utf-16-be"),
    "utf-16 in gzip": lambda data: gzip.compress(utf16(data), mtime=0),
    "utf-16 in a zip": lambda data: zipped({"case.txt": utf16(data)}),
    "utf-16 with half a character": lambda data: utf16(data).replace(b"T\x002\x00", b"T\x00\x00\xd8"),
    "odd utf-16": lambda data: utf16(data) + b"x",
}


def known():
    """A report in which the orders 1 to 9 of the pieces wait to be shipped."""
    rows = [{"order-id": str(number), "order-item-id": "1"} for number in range(1, 10)]
    return tables._written("unshipped", rows, tables.AS_OF)


def packed(case, orders=ORDERS):
    """The bytes of the case's file, with orders of its own."""
    data = content(case).replace(ORDERS, orders)
    return WRAPS[case["wrap"]](data) if "wrap" in case else data


def run(cases, seller):
    """The outcome of the cases in one run, each with a folder and with orders of its own, of which a report knows."""
    account, encoding = seller
    header, *rows = known().splitlines(keepends=True)
    files = {"known.txt": b"".join([header, *rows])}
    for number, case in enumerate(cases):
        orders = ORDERS.replace(b"111", str(200 + number).encode())
        files["known.txt"] += b"".join(rows).replace(ORDERS, orders)
        files[f"{number}/{case.get('file', 'case.txt')}"] = packed(case, orders)
    return tables.run(files, tables.Options(account=account, encoding=encoding))


def seller(case):
    return case.get("account", ""), case.get("encoding", "")


CASES = list(cases())
BY_SELLER = {}
for parameters in CASES:
    (one,) = parameters.values
    BY_SELLER.setdefault(seller(one), []).append(one)
run_of_seller = functools.cache(lambda seller: run(BY_SELLER[seller], seller))


@pytest.mark.parametrize("case", CASES)
def test_file(case):
    """Beside all the others of its seller, in one run."""
    check(case, run_of_seller(seller(case)), f"{BY_SELLER[seller(case)].index(case)}/")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_file_alone(case):
    check(case, run([case], seller(case)), "0/")


def check(case, found, folder):
    """Compare what was found of the case's file, which lies in the folder, with what the case expects."""
    name = folder + case.get("at", case.get("file", "case.txt"))
    if case.get("gone"):
        assert {one for one in found.tallies if one.startswith(folder)} <= {name}
        return
    about_lines = [one for one in found.findings if one.code[:3] not in tables.ABOUT_ORDERS and one.file == name]
    lines = {one.line for one in about_lines} | {int(line) for line in case.get("expect", {})}
    for line in sorted(lines):
        compare([one for one in about_lines if one.line == line], case, line)
    if "tally" in case:
        assert [getattr(found.tallies[name], name_of_count) for name_of_count in COUNTS] == case["tally"]
    for line, record in case.get("records", {}).items():
        assert record_of(found, name, int(line)) in (record, None)
    for column, text in case.get("read", {}).items():
        rows = found.settled.confirmations
        rows = rows[rows["file"] == [plan.source.name for plan in found.settled.plans].index(name)]
        assert rows.loc[rows["line"] == rows["line"].min(), column].iloc[0] == text
    if case.get("report"):
        (plan,) = (plan for plan in found.settled.plans if plan.source.name == name)
        assert (plan.kind.name, plan.refusal_code) == ("processing-report", "")


def record_of(found, name, line):
    rows = found.settled.findings
    names = [plan.source.name for plan in found.settled.plans]
    said = rows[(rows["file"] == names.index(name)) & (rows["line"] == line)]
    return int(said["record"].iloc[0]) if len(said) else None


def compare(found, case, line):
    wanted = case.get("expect", {}).get(str(line), "")
    codes = Counter(one.code for one in found)
    if "|" in wanted:
        assert codes, f"line {line}"
        assert set(codes) <= set(wanted.split("|")), f"line {line}"
    elif case.get("loose"):
        assert set(codes) == set(wanted.split("; ")), f"line {line}"
    elif match := re.fullmatch(r"([0-9]+) (\S+)", wanted):
        assert codes == Counter({match[2]: int(match[1])}), f"line {line}"
    else:
        expected = [one.split() for one in wanted.split("; ") if one]
        assert codes == Counter(words[0] for words in expected), f"line {line}"
        for code, *more in expected:
            for word in more:
                said = [one.severity if word in LETTER else one.value for one in found if one.code == code]
                assert all(word in one for one in said), f"line {line}: {code} {word}"


# The first line of a file of no known kind, and what is said of it.
UNKNOWN_KINDS = {
    "{C}\\tpurchase-date": "the nearest is the Shipping Confirmation file, which needs no purchase-date",
    "sku\\tquantity": "the nearest is the stock count, which needs counted-at",
    "sku\\tnote": "its headings match no known kind of file",
    "sku,quantity,counted-at": "it is a stock count, but comma-separated",
    "a;b;c": "it is a semicolon-separated file",
    "order-id\\\\tship-date\\\\ttracking-number": r"it is text whose TABs are spelt \t",
    "\\xd0\\xcf\\x11\\xe0\\xa1\\xb1\\x1a\\xe1": "it is an Excel workbook (.xls)",
    "%PDF-1.7": "it is a PDF document",
    '{"messagesProcessed": 1}': "it is the answer to a JSON feed",
    '[{"a": 1}]': "it is a JSON document",
    "<MessageType>ProcessingReport</MessageType>": "it is an XML processing report",
    "<Orders/>": "it is an XML document",
    "<!DOCTYPE html>": "it is a web page (HTML)",
    "settlement-id\\torder-id\\tsku": "it is a settlement report",
    "return-date\\torder-id\\tsku\\tfnsku\\tquantity": "it is a report of Fulfillment by Amazon",
    "item-name\\tlisting-id\\tseller-sku\\tprice": "it is a listings or inventory file",
    bytes(range(256)): "it is binary data, not a text file",
    random.Random(1).randbytes(5000): "it is binary data, not a text file",
    b"\x89PNG\r\n\x1a\n": "it is a picture (PNG)",
    b"7z\xbc\xaf\x27\x1c\x00\x04": "it is a 7z archive",
    b"sk\x00\tno\x01te\n1\t2\n": "its headings match no known kind of file",
    "注文番号\t商品番号\t出荷日".encode("cp932"): "it is a table without Amazon's English headings",
}


@functools.cache
def unknown_kinds():
    """The outcome of all of them, each a file named by its number."""
    files = {
        f"{number}.txt": header if isinstance(header, bytes) else content({"lines": [header]})
        for number, header in enumerate(UNKNOWN_KINDS)
    }
    return tables.run(files)


@pytest.mark.parametrize(("header", "reason"), UNKNOWN_KINDS.items())
def test_an_unknown_kind_says_what_the_file_is_or_what_is_nearest(header, reason):
    settled = unknown_kinds().settled
    name = f"{list(UNKNOWN_KINDS).index(header)}.txt"
    of_file = settled.findings["file"] == [plan.source.name for plan in settled.plans].index(name)
    (message,) = settled.findings["message"][of_file & (settled.findings["code"] == "FIL-008")]
    assert message == f"not a known kind of file; {reason}"
