"""Runs files through the program, and reads the tables of fixtures/rules: one row of a table is one test.

``python -m tests.tables --bless [STORY…]`` writes what the program gives now over ``fixtures/runs/*/expected``: read
the difference before you commit it.

A table is tab-separated. Comments at its top: ``# as-of: TS``; ``# account: TOML`` (one line of account.toml each);
``# policy: NAME from DAY = N``; ``# profile: NAME`` (of the policy); ``# unknown: IDS`` (orders no report holds);
``# header: FILE CODES`` (what the header line of a file must get); ``# ledger: CODES`` (what is found about no line of
a file). Then ``expect`` (codes separated by ``;`` that the line gets and no others; ``+`` before the first: at least
these), ``why``, and the columns that matter. ``file`` is the kind of file the line stands in, with
``:name`` behind it for a second file of the kind. An empty cell is the default of ``defaults.toml``; ``(empty)`` is an
empty cell; ``=text`` is the text as it stands; a short number is an id (``7`` → 111-0000000-0000007, item ``7`` →
10000000000007). An order of an upload that no report row of the table holds stands in an Unshipped report of its own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import account, policy
from pipeline.batch import Context, Settled
from pipeline.ingest import sources
from tests import whole

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
AS_OF = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)
REPORTS = ("unshipped", "orders", "all-orders")
UPLOADS = ("confirmation", "cancellation")
ABOUT_ORDERS = ("LIF", "INV", "CLM", "ACK")  # families whose findings are about orders, not lines
PAGE = "report.html"
EMPTY, LITERAL = "(empty)", "="
_ITEMS = "[0-9]{11,12}|[0-9]{14,20}"
_ORDER, _ITEM = "111-0000000-{:0>7}", "1{:0>13}"
_ALIASES = {
    "all-orders": {"order-id": "amazon-order-id", "quantity-purchased": "quantity"},
    "cancellation": {"order-item-id": "amazon-order-item-code"},
    "returns": {"order-id": "Order ID"},
}


class Finding(NamedTuple):
    """One finding, named by its file."""

    file: str
    line: int
    code: str
    severity: str
    column: str
    value: str


@dataclass(frozen=True)
class Outcome:
    """What the program made of some files."""

    settled: Settled
    findings: list[Finding]
    tallies: dict[str, Any]

    def codes(self, file: str, line: int) -> list[str]:
        """The codes found at a line of a file, sorted."""
        return sorted(one.code for one in self.findings if (one.file, one.line) == (file, line))

    def accepted(self, kind: str) -> dict[tuple[str, int], bool]:
        """Whether each readable line of an upload was accepted."""
        rows = getattr(self.settled, f"{kind}s")
        names = [plan.source.name for plan in self.settled.plans]
        columns = ("file", "line", "accepted") if len(rows) else ()
        return {(names[file], line): bool(good) for file, line, good in zip(*(rows[c] for c in columns), strict=True)}


@dataclass
class Told:
    """What a run is told beside its files."""

    as_of: dt.datetime = AS_OF
    account: str = ""
    policy: str = ""
    encoding: str = ""
    profile: str = "amazon"


def run(files: Mapping[str, bytes], told: Told | None = None, keep: Path | None = None) -> Outcome:
    """The outcome of the files, given as name → bytes, laid into a folder of their own, or to ``keep``."""
    told = told or Told()
    with contextlib.nullcontext(keep) if keep else tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        here.mkdir(exist_ok=True)
        for name, data in files.items():
            path = here / "input" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (here / "account.toml").write_text(told.account, encoding="utf-8")
        (here / "policy.toml").write_text(told.policy, encoding="utf-8")
        (here / "scratch").mkdir()
        (here / "input").mkdir(exist_ok=True)
        found = sources.discover([str(here / "input")], str(here / "scratch"))
        numbers = policy.load(str(here / "policy.toml") if told.policy else told.profile)
        return outcome(whole.settle(found, Context(told.as_of, _seller(here, told), numbers, told.encoding)))


def _seller(here: Path, told: Told) -> account.Account:
    return account.load(here / "account.toml") if told.account else account.Account()


def outcome(settled: Settled) -> Outcome:
    """The findings and tallies of a run, by the names of its files."""
    names = [plan.source.name for plan in settled.plans]
    told = settled.findings
    columns = [told[name].tolist() for name in ("file", "line", "code", "severity", "column", "value")]
    found = [Finding(names[row[0]] if row[0] >= 0 else "ledger", *row[1:]) for row in zip(*columns, strict=True)]
    return Outcome(settled, found, dict(zip(names, settled.tallies, strict=True)))


# --- tables


@functools.cache
def defaults() -> dict[str, dict[str, str]]:
    """For every kind of file the cells of a row about which there is nothing to find."""
    return tomllib.loads((FIXTURES / "rules" / "defaults.toml").read_text("utf-8"))


@functools.cache
def severities() -> dict[str, str]:
    """The severity of every code, as SPEC §6 gives it."""
    lines = (FIXTURES / "rules" / "severities.tsv").read_text("utf-8").splitlines()[1:]
    return dict(line.split("\t", 1) for line in lines)


@dataclass(frozen=True)
class Case:
    """One row of a table: what it holds, where it comes to stand, and what is expected of it."""

    line: int  # of the table
    cells: dict[str, str]
    expect: frozenset[str]
    exactly: bool
    kind: str
    file: str
    file_line: int


@dataclass
class Table:
    """A table of a rule, read."""

    name: str
    told: Told = field(default_factory=Told)
    unknown: set[str] = field(default_factory=set)
    headers: dict[str, frozenset[str]] = field(default_factory=dict)
    ledger: frozenset[str] = frozenset()
    cases: list[Case] = field(default_factory=list)

    @property
    def rule(self) -> str:
        """The code of the rule that the table is about."""
        return self.name[:7]

    def judges(self, code: str) -> bool:
        """Whether the table says all there is of the code: of codes about orders only a table of such a code does."""
        return code[:3] not in ABOUT_ORDERS or code[:3] == self.rule[:3]

    def files(self) -> dict[str, bytes]:
        """The files that the table describes."""
        rows: dict[tuple[str, str], list[dict[str, str]]] = {}
        for case in self.cases:
            rows.setdefault((case.kind, case.file), []).append(case.cells)
        made = {file: _written(kind, cells, self.told.as_of) for (kind, file), cells in rows.items()}
        generated = self._listed()
        if generated:
            made["generated.txt"] = _written("unshipped", generated, self.told.as_of)
        return made

    def _listed(self) -> list[dict[str, str]]:
        """Report rows for the order items of uploads whose order no report row of the table holds."""
        held = {_order(case) for case in self.cases if case.kind in REPORTS} | self.unknown
        wanted: dict[tuple[str, str], None] = {}
        for case in self.cases:
            if case.kind in UPLOADS and _order(case) not in held and _good(_order(case)):
                named = _id(case.cells.get("order-item-id", ""), _ITEM)
                wanted.setdefault((_order(case), named if re.fullmatch(_ITEMS, named) else ""))
        whole = {order for order, item in wanted if item}
        return [
            {"order-id": f"={order}", "order-item-id": f"={item}" if item else "1"}
            for order, item in wanted
            if item or order not in whole
        ]


def _good(order: str) -> bool:
    return bool(re.fullmatch("[0-9]{3}-[0-9]{7}-[0-9]{7}", order))


def _order(case: Case) -> str:
    given = case.cells.get("order-id", "")
    return _id(given, _ORDER).strip() if given else _own(case.file_line)


def _own(line: int) -> str:
    """The order of a row that names none."""
    return _ORDER.format(5000 + line)


def _id(cell: str, form: str) -> str:
    if cell.startswith(LITERAL):
        return cell[1:]
    return form.format(cell) if re.fullmatch("[0-9]{1,4}", cell) else ("" if cell == EMPTY else cell)


def _written(kind: str, rows: list[dict[str, str]], as_of: dt.datetime) -> bytes:
    """A file of the kind: its default columns and those that any of the rows gives."""
    alias = _ALIASES.get(kind, {})
    rows = [{alias.get(name, name): cell for name, cell in row.items() if cell} for row in rows]
    columns = list(dict.fromkeys([*defaults()[kind], *(name for row in rows for name in row)]))
    lines = ["\t".join(columns)]
    for number, row in enumerate(rows, 2):
        words = _follows(row, number, as_of)
        full = {name: text.format(**words) for name, text in defaults()[kind].items()} | row
        lines.append("\t".join(_cell(name, full.get(name, "")) for name in columns))
    return "".join(f"{line}\n" for line in lines).encode()


def _cell(column: str, text: str) -> str:
    if column in ("order-id", "amazon-order-id", "Order ID"):
        return _id(text, _ORDER)
    if column in ("order-item-id", "amazon-order-item-code", "Order Item ID"):
        return _id(text, _ITEM)
    return "" if text == EMPTY else text.removeprefix(LITERAL)


def _follows(row: Mapping[str, str], line: int, as_of: dt.datetime) -> dict[str, str]:
    """What the default cells of a row hold that depend on its other cells."""
    bought = (_instant(row.get("purchase-date", "")) or as_of - dt.timedelta(days=9)).astimezone(dt.UTC)
    reported = max(min(as_of - dt.timedelta(hours=1), bought + dt.timedelta(days=20)), bought + dt.timedelta(hours=1))
    shipped = int(row.get("quantity-shipped", "0")) if row.get("quantity-shipped", "0").isdigit() else 0
    purchased = int(row.get("quantity-purchased", "2")) if row.get("quantity-purchased", "2").isdigit() else 2
    return {
        "n": str(line),
        "order": _own(line),
        "item": "1",
        "purchase": bought.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reported": reported.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "promised": (as_of + dt.timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "shipped": (as_of - dt.timedelta(days=1)).strftime("%Y-%m-%d"),
        "left": str(max(purchased - shipped, 0)),
    }


def _instant(text: str) -> dt.datetime | None:
    try:
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None


def tables() -> list[Path]:
    """Every table of fixtures/rules."""
    return sorted(path for path in (FIXTURES / "rules").glob("???-???*.tsv"))


@functools.cache
def read(path: Path) -> Table:
    """The table of a file."""
    table = Table(path.stem)
    header: list[str] = []
    counts: dict[str, int] = {}
    numbers: dict[str, dict[str, int]] = {}
    for line, text in enumerate(path.read_text("utf-8").split("\n"), 1):
        if text.startswith("#"):
            _comment(table, text, numbers)
        elif not header:
            header = text.split("\t")
        elif text.strip():
            cells = dict(zip(header, [*text.split("\t"), *[""] * len(header)], strict=False))
            assert len(text.split("\t")) <= len(header), f"{path.name}:{line}: more cells than columns"
            table.cases.append(_case(table, line, cells, counts))
    if numbers:
        table.told.policy = "".join(
            f'[[entry]]\nname = "{name}"\nsource = "a table"\nvalues = ['
            + ", ".join(f"{{ from = {day}, value = {value} }}" for day, value in sorted(values.items()))
            + "]\n"
            for name, values in numbers.items()
        )
    return table


def _comment(table: Table, text: str, numbers: dict[str, dict[str, int]]) -> None:
    name, _, said = text[1:].partition(":")
    match name.strip():
        case "as-of":
            table.told.as_of = dt.datetime.fromisoformat(said.strip()).astimezone(dt.UTC)
        case "account":
            table.told.account += said.strip() + "\n"
        case "encoding":
            table.told.encoding = said.strip()
        case "unknown":
            table.unknown |= {_id(one, _ORDER) for one in said.split()}
        case "ledger":
            table.ledger = _codes(said)
        case "profile":
            table.told.profile = said.strip()
        case "header":
            file, codes = said.split(None, 1)
            table.headers[_file(file)] = _codes(codes)
        case "policy":
            entry, day, value = re.fullmatch(r"\s*(\S+) from (\S+) = (\S+)\s*", said).groups()
            numbers.setdefault(entry, {})[day] = int(value)


def _codes(text: str) -> frozenset[str]:
    return frozenset(code for code in re.split("[; ]+", text.strip().removeprefix("+")) if code)


def _file(named: str) -> str:
    return named.replace(":", "_") + ".txt"


def _kind_of(rule: str) -> str:
    return {"ORD": "unshipped", "CAN": "cancellation", "POL": "unshipped", "CLM": "orders"}.get(
        rule[:3], "confirmation"
    )


def _case(table: Table, line: int, cells: dict[str, str], counts: dict[str, int]) -> Case:
    expect, named = cells.pop("expect"), cells.pop("file", "") or _kind_of(table.rule)
    cells.pop("why", None)
    file = _file(named)
    counts[file] = counts.get(file, 1) + 1
    return Case(line, cells, _codes(expect), not expect.startswith("+"), named.split(":")[0], file, counts[file])


@functools.cache
def ran(path: Path) -> Outcome:
    """What the program makes of a table's files."""
    table = read(path)
    return run(table.files(), table.told)


# --- stories


def stories() -> list[Path]:
    """Every story of fixtures/runs."""
    return sorted(path.parent for path in (FIXTURES / "runs").glob("*/run.toml"))


def tell(story: Path, out: Path) -> tuple[int, str]:
    """A story run through the command line: its exit status and what it printed."""
    from click.testing import CliRunner

    from pipeline.cli import main

    told = tomllib.loads((story / "run.toml").read_text("utf-8"))
    given = [str(story / one) for one in told.get("inputs", ["input"])]
    arguments = [one.replace("{story}", str(story)) for one in told.get("arguments", [])]
    command = [told.get("command", "run"), *given, "--no-ledger", "--as-of", told["as-of"], "--out", str(out)]
    result = CliRunner().invoke(main, [*command, *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def outputs(folder: Path) -> dict[str, bytes]:
    """Every file below an output folder by its path, the manifest without what depends on the libraries installed.

    The page is in it byte for byte, but no story holds it, nor its hash: what is on it has tests of its own, and a
    change of its looks should not touch every story.
    """
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: _plain(name, path.read_bytes()) for name, path in found.items()}


def _plain(name: str, data: bytes) -> bytes:
    if name.endswith(".parquet"):
        return b""  # its bytes belong to the library's version; test_stories compares its rows with the .tsv
    if name != "manifest.json":
        return data
    import json

    told = json.loads(data)
    told.pop("versions", None)
    told.pop("version", None)
    for one in told.get("outputs", []):
        if str(one.get("path", "")).endswith((".parquet", PAGE)):
            one.pop("sha256", None)
            one.pop("bytes", None)
    return (json.dumps(told, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def bless(names: Iterable[str]) -> None:
    """Write what the program gives now as what is expected of the stories named, or of all."""
    import shutil

    wanted = set(names)
    for story in stories():
        if wanted and story.name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            status, _ = tell(story, Path(folder) / "out")
            shutil.rmtree(story / "expected", ignore_errors=True)
            for name, data in outputs(Path(folder) / "out").items():
                if name == PAGE:
                    continue
                path = story / "expected" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        sys.stdout.write(f"{story.name}: exit status {status}\n")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--bless"]:
        sys.exit(f"{__doc__}")
    bless(sys.argv[2:])
