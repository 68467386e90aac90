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
FATES = ("lines", "header", "blank", "accepted", "rejected", "skipped", "unreadable")
LETTER = {"error", "warning", "info"}


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
}


@functools.cache
def known():
    """A report in which the orders 1 to 9 of the pieces wait to be shipped."""
    rows = [{"order-id": str(number), "order-item-id": "1"} for number in range(1, 10)]
    return tables._written("unshipped", rows, tables.AS_OF)


def outcome(case):
    data = WRAPS[case["wrap"]](content(case)) if "wrap" in case else content(case)
    told = tables.Told(account=case.get("account", ""), encoding=case.get("encoding", ""))
    return tables.run({case.get("file", "case.txt"): data, "known.txt": known()}, told)


@pytest.mark.parametrize("case", list(cases()))
def test_file(case):
    found = outcome(case)
    found.findings[:] = [one for one in found.findings if one.code[:3] not in tables.ABOUT_ORDERS]
    name = case.get("at", case.get("file", "case.txt"))
    if case.get("gone"):
        assert set(found.tallies) <= {"known.txt", name}
        return
    lines = {one.line for one in found.findings if one.file == name} | {int(line) for line in case.get("expect", {})}
    for line in sorted(lines):
        compare([one for one in found.findings if (one.file, one.line) == (name, line)], case, line)
    if "tally" in case:
        assert [getattr(found.tallies[name], fate) for fate in FATES] == case["tally"]
    for line, record in case.get("records", {}).items():
        assert record_of(found, name, int(line)) in (record, None)
    for column, text in case.get("read", {}).items():
        rows = found.settled.confirmations
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
        told = [one.split() for one in wanted.split("; ") if one]
        assert codes == Counter(words[0] for words in told), f"line {line}"
        for code, *more in told:
            for word in more:
                said = [one.severity if word in LETTER else one.value for one in found if one.code == code]
                assert all(word in one for one in said), f"line {line}: {code} {word}"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("{C}\\tpurchase-date", "the Shipping Confirmation file, which also has no purchase-date"),
        ("sku\\tquantity", "the stock count, which also has counted-at"),
    ],
)
def test_an_unknown_kind_says_what_the_nearest_has_or_has_not(header, told):
    found = outcome({"lines": [header]}).settled.findings
    (message,) = found["message"][found["code"] == "FIL-008"]
    assert message.endswith(f"nearest is {told}")
