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

A row of ``file`` ``ledger`` is no line of a file: it says what is found about its order where no file of the run holds
it, or, without an order, about none. A row of a ``processing-report`` with ``processed`` and ``successful`` is the
summary at its top, at line 1; the others are its messages.

**Nights.** ``# night: TS``, once for each, makes the table a story of runs on one ledger; every row then has its
``night`` (1 is the first), and its file stands in the input of that night alone, as ``KIND@NIGHT``. Such a table goes
through the command line. What default cells hold of purchase and promise follows from the first night.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from pipeline import policy as pipeline_policy
from pipeline.ingest import sources
from pipeline.model import account as model_account
from pipeline.model.bucket_result import BucketResult
from pipeline.model.run_context import RunContext
from tests import whole as tests_whole

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
AS_OF = dt.datetime(2026, 3, 10, 7, tzinfo=dt.UTC)
REPORTS = ("unshipped", "orders", "all-orders")
UPLOADS = ("confirmation", "cancellation")
ABOUT_ORDERS = ("LIF", "INV", "CLM", "ACK", "MET")  # families whose findings are about orders, not lines
PAGE = "report.html"
LEDGER = "ledger"  # where a finding stands that is about no line of a file
ANSWER = "processing-report"
EMPTY, LITERAL = "(empty)", "="
_SUMMARY_LINES = 4  # of a processing report, above its header
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
    order: str = ""

    @property
    def place(self) -> Place:
        """What it is about: a line of a file, or an order of which no file of the run speaks."""
        return (self.file, self.order if self.file.startswith(LEDGER) else self.line)


Place = tuple[str, int | str]


@dataclass(frozen=True)
class Outcome:
    """What the program made of some files."""

    settled: BucketResult | None  # None where only what was written is looked at
    findings: list[Finding]
    tallies: dict[str, Any]

    def codes(self, file: str, line: int | str) -> list[str]:
        """The codes found at a line of a file, or of the ledger about an order, sorted."""
        return sorted(one.code for one in self.findings if one.place == (file, line))

    def accepted(self, kind: str) -> dict[tuple[str, int], bool]:
        """Whether each readable line of an upload was accepted."""
        rows = getattr(self.settled, f"{kind}s")
        names = [plan.source.name for plan in self.settled.plans]
        columns = ("file", "line", "accepted") if len(rows) else ()
        return {(names[file], line): bool(good) for file, line, good in zip(*(rows[c] for c in columns), strict=True)}


@dataclass(frozen=True)
class Nights(Outcome):
    """The same of several nights on one ledger: ``lines`` has for each line of their uploads whether it was kept."""

    lines: dict[tuple[str, int], bool]

    def accepted(self, kind: str) -> dict[tuple[str, int], bool]:
        """Whether each readable line of an upload was accepted, or skipped as one that was published before."""
        return {place: kept for place, kept in self.lines.items() if place[0].startswith(kind)}


@dataclass
class Options:
    """What a run is given beside its files."""

    as_of: dt.datetime = AS_OF
    account: str = ""
    policy: str = ""
    encoding: str = ""
    profile: str = "amazon"


def run(files: Mapping[str, bytes], options: Options | None = None, keep: Path | None = None) -> Outcome:
    """The outcome of the files, given as name → bytes, laid into a folder of their own, or to ``keep``."""
    options = options or Options()
    with contextlib.nullcontext(keep) if keep else tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        here.mkdir(exist_ok=True)
        for name, data in files.items():
            path = here / "input" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (here / "account.toml").write_text(options.account, encoding="utf-8")
        (here / "policy.toml").write_text(options.policy, encoding="utf-8")
        (here / "scratch").mkdir()
        (here / "input").mkdir(exist_ok=True)
        found = sources.discover_sources([str(here / "input")], str(here / "scratch"))
        numbers = pipeline_policy.load_policy(str(here / "policy.toml") if options.policy else options.profile)
        return outcome(
            tests_whole.settle(found, RunContext(options.as_of, _seller(here, options), numbers, options.encoding))
        )


def _seller(here: Path, options: Options) -> model_account.Account:
    return model_account.load_account(here / "account.toml") if options.account else model_account.Account()


def outcome(settled: BucketResult) -> Outcome:
    """The findings and tallies of a run, by the names of its files."""
    names = [plan.source.name for plan in settled.plans]
    rows = settled.findings
    columns = [rows[name].tolist() for name in ("file", "line", "code", "severity", "column", "value", "order_id")]
    found = [Finding(names[row[0]] if row[0] >= 0 else LEDGER, *row[1:]) for row in zip(*columns, strict=True)]
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
    night: int = 0  # 0 where the table has none

    @property
    def place(self) -> Place:
        """Where its findings stand."""
        if self.kind != LEDGER:
            return (self.file, self.file_line)
        return (self.file, _order(self) if self.cells.get("order-id") else "")

    @property
    def is_summary(self) -> bool:
        """Whether it is what a processing report counts, above its messages."""
        return self.kind == ANSWER and bool(self.cells.get("processed"))


@dataclass
class Table:
    """A table of a rule, read."""

    name: str
    options: Options = field(default_factory=Options)
    unknown: set[str] = field(default_factory=set)
    headers: dict[str, frozenset[str]] = field(default_factory=dict)
    ledger: frozenset[str] = frozenset()
    cases: list[Case] = field(default_factory=list)
    nights: list[dt.datetime] = field(default_factory=list)

    @property
    def rule(self) -> str:
        """The code of the rule that the table is about."""
        return self.name[:7]

    def judges(self, code: str) -> bool:
        """Whether the table says all there is of the code: of codes about orders only a table of such a code does."""
        return code[:3] not in ABOUT_ORDERS or code[:3] == self.rule[:3]

    def files(self, night: int = 0) -> dict[str, bytes]:
        """The files that the table describes, of one night where it has several."""
        as_of = self.nights[night - 1] if night else self.options.as_of
        first = self.nights[0] if night else as_of
        rows: dict[tuple[str, str], list[Case]] = {}
        for case in self.cases:
            if case.night == night and case.kind != LEDGER:
                rows.setdefault((case.kind, case.file), []).append(case)
        made = {}
        for (kind, file), cases in rows.items():
            lines = _written(kind, [case.cells for case in cases if not case.is_summary], as_of, first)
            made[file] = b"".join([_summary(case.cells) for case in cases if case.is_summary] + [lines])
        generated = self._listed(night)
        if generated:
            made[_file("generated", night)] = _written("unshipped", generated, as_of, first)
        return made

    def _listed(self, night: int) -> list[dict[str, str]]:
        """Report rows for the order items of uploads whose order no report row of the table holds."""
        held = {_order(case) for case in self.cases if case.kind in REPORTS} | self.unknown
        wanted: dict[tuple[str, str], None] = {}
        for case in self.cases:
            if case.night == night and case.kind in UPLOADS and _order(case) not in held and _good(_order(case)):
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


def _summary(cells: dict[str, str]) -> bytes:
    """The top of a processing report."""
    counts = [("processed", cells["processed"]), ("successful", cells["successful"])]
    lines = [f"\tNumber of records {name}\t\t{number}\n" for name, number in counts]
    return "".join(["Feed Processing Summary:\n", *lines, "\n"]).encode()


def _written(kind: str, rows: list[dict[str, str]], as_of: dt.datetime, first: dt.datetime | None = None) -> bytes:
    """A file of the kind: its default columns and those that any of the rows gives; ``first`` is the first night."""
    alias = _ALIASES.get(kind, {})
    rows = [{alias.get(name, name): cell for name, cell in row.items() if cell} for row in rows]
    columns = list(dict.fromkeys([*defaults()[kind], *(name for row in rows for name in row)]))
    lines = ["\t".join(columns)]
    for number, row in enumerate(rows, 2):
        words = _follows(row, number, as_of, first or as_of)
        full = {name: text.format(**words) for name, text in defaults()[kind].items()} | row
        lines.append("\t".join(_cell(name, full.get(name, "")) for name in columns))
    return "".join(f"{line}\n" for line in lines).encode()


def _cell(column: str, text: str) -> str:
    if column in ("order-id", "amazon-order-id", "Order ID"):
        return _id(text, _ORDER)
    if column in ("order-item-id", "amazon-order-item-code", "Order Item ID"):
        return _id(text, _ITEM)
    return "" if text == EMPTY else text.removeprefix(LITERAL)


def _follows(row: Mapping[str, str], line: int, as_of: dt.datetime, first: dt.datetime) -> dict[str, str]:
    """What the default cells of a row hold that depend on its other cells."""
    bought = (_instant(row.get("purchase-date", "")) or first - dt.timedelta(days=9)).astimezone(dt.UTC)
    reported = max(min(as_of - dt.timedelta(hours=1), bought + dt.timedelta(days=20)), bought + dt.timedelta(hours=1))
    shipped = int(row.get("quantity-shipped", "0")) if row.get("quantity-shipped", "0").isdigit() else 0
    purchased = int(row.get("quantity-purchased", "2")) if row.get("quantity-purchased", "2").isdigit() else 2
    return {
        "n": str(line),
        "order": _own(line),
        "item": "1",
        "purchase": bought.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reported": reported.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "promised": (first + dt.timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
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
    numbers: dict[str, dict[str, str]] = {}
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
        table.options.policy = "".join(
            f'[[entry]]\nname = "{name}"\nsource = "a table"\nvalues = ['
            + ", ".join(f"{{ from = {day}, value = {value} }}" for day, value in sorted(values.items()))
            + "]\n"
            for name, values in numbers.items()
        )
    return table


def _comment(table: Table, text: str, numbers: dict[str, dict[str, str]]) -> None:
    name, _, said = text[1:].partition(":")
    match name.strip():
        case "as-of":
            table.options.as_of = dt.datetime.fromisoformat(said.strip()).astimezone(dt.UTC)
        case "account":
            table.options.account += said.strip() + "\n"
        case "encoding":
            table.options.encoding = said.strip()
        case "unknown":
            table.unknown |= {_id(one, _ORDER) for one in said.split()}
        case "ledger":
            table.ledger = _codes(said)
        case "profile":
            table.options.profile = said.strip()
        case "header":
            file, codes = said.split(None, 1)
            table.headers[_file(file)] = _codes(codes)
        case "policy":
            entry, day, value = re.fullmatch(r"\s*(\S+) from (\S+) = (\S+)\s*", said).groups()
            numbers.setdefault(entry, {})[day] = value
        case "night":
            table.nights.append(dt.datetime.fromisoformat(said.strip()).astimezone(dt.UTC))


def _codes(text: str) -> frozenset[str]:
    return frozenset(code for code in re.split("[; ]+", text.strip().removeprefix("+")) if code)


def _file(named: str, night: int = 0) -> str:
    of_night = f"@{night}" if night else ""
    return named + of_night if named == LEDGER else f"{named.replace(':', '_')}{of_night}.txt"


_KIND_OF = {  # the file of a row that names none, by the family of the rule
    "ORD": "unshipped",
    "CAN": "cancellation",
    "LIF": "unshipped",
    "INV": "unshipped",
    "ACK": ANSWER,
    "CLM": "orders",
    "MET": "unshipped",
    "POL": "unshipped",
}


def _case(table: Table, line: int, cells: dict[str, str], counts: dict[str, int]) -> Case:
    expect, named = cells.pop("expect"), cells.pop("file", "") or _KIND_OF.get(table.rule[:3], "confirmation")
    cells.pop("why", None)
    night = int(cells.pop("night")) if table.nights else 0
    kind, file = named.split(":")[0], _file(named, night)
    case = Case(line, cells, _codes(expect), not expect.startswith("+"), kind, file, 1, night)
    if case.is_summary:
        counts[file] = _SUMMARY_LINES + 1
        return case
    counts[file] = counts.get(file, 1) + 1
    return replace(case, file_line=counts[file])


@functools.cache
def ran(path: Path) -> Outcome:
    """What the program makes of a table's files."""
    table = read(path)
    return over_nights(table) if table.nights else run(table.files(), table.options)


def over_nights(table: Table) -> Nights:
    """What the program makes of a table's nights, one after the other on one ledger, through the command line."""
    found: list[Finding] = []
    tallies: dict[str, Any] = {}
    lines: dict[tuple[str, int], bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        for night, as_of in enumerate(table.nights, 1):
            files = table.files(night)
            out = run_night(Path(folder), files, as_of, table.options)
            header, *rows = (row.split("\t") for row in (out / "reports/findings.tsv").read_text("utf-8").splitlines())
            found += [_finding(dict(zip(header, row, strict=True)), night) for row in rows]
            inputs = json.loads((out / "manifest.json").read_text("utf-8"))["inputs"]
            tallies |= {one["name"]: SimpleNamespace(**one) for one in inputs}
            lines |= _kept(files, out)
    return Nights(None, found, tallies, lines)


def run_night(home: Path, files: Mapping[str, bytes], as_of: dt.datetime, options: Options) -> Path:
    """The files run on the ledger below ``home``; the folder of what was written, one for each as-of."""
    from tests import house

    here = home / as_of.strftime("%Y%m%dT%H%M%S")
    (here / "input").mkdir(parents=True)
    for name, data in files.items():
        (here / "input" / name).write_bytes(data)
    (here / "account.toml").write_text(options.account, encoding="utf-8")
    (here / "policy.toml").write_text(options.policy, encoding="utf-8")
    policy = str(here / "policy.toml") if options.policy else options.profile
    settings = ("--account", str(here / "account.toml"), "--policy", policy)
    house.run_night("run", as_of.isoformat(), [here / "input"], home / "ledger", here / "out", settings)
    return here / "out"


def _finding(row: dict[str, str], night: int) -> Finding:
    """A finding as findings.tsv has it."""
    file = f"{LEDGER}@{night}" if row["source_file"] == LEDGER else row["source_file"]
    cells = (row[name] for name in ("code", "severity", "column", "value", "order_id"))
    return Finding(file, int(row["line"] or 0), *cells)


def _kept(files: Mapping[str, bytes], out: Path) -> dict[tuple[str, int], bool]:
    """Whether each line of the uploads among the files is not among the rejected ones."""
    kept = {}
    for name in filter(lambda name: name.startswith(UPLOADS), files):
        path = out / "rejected" / name
        rejected = path.read_bytes().splitlines()[1:] if path.is_file() else []
        lines = files[name].splitlines()
        for number in range(len(lines), 1, -1):  # from the end: of two equal lines the later is the rejected copy
            kept[name, number] = lines[number - 1] not in rejected[-1:]
            rejected = rejected if kept[name, number] else rejected[:-1]
    return kept


# --- stories


def stories() -> list[Path]:
    """Every story of fixtures/runs."""
    return sorted(path.parent for path in (FIXTURES / "runs").glob("*/run.toml"))


def run_story(story: Path, out: Path) -> tuple[int, str]:
    """A story run through the command line: its exit status and what it printed."""
    from click.testing import CliRunner

    from pipeline.cli import main

    given = tomllib.loads((story / "run.toml").read_text("utf-8"))
    paths = [str(story / one) for one in given.get("inputs", ["input"])]
    arguments = [one.replace("{story}", str(story)) for one in given.get("arguments", [])]
    command = [given.get("command", "run"), *paths, "--no-ledger", "--as-of", given["as-of"], "--out", str(out)]
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

    manifest = json.loads(data)
    manifest.pop("versions", None)
    manifest.pop("version", None)
    for one in manifest.get("outputs", []):
        if str(one.get("path", "")).endswith((".parquet", PAGE)):
            one.pop("sha256", None)
            one.pop("bytes", None)
    return (json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def bless(names: Iterable[str]) -> None:
    """Write what the program gives now as what is expected of the stories named, or of all."""
    import shutil

    wanted = set(names)
    for story in stories():
        if wanted and story.name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            status, _ = run_story(story, Path(folder) / "out")
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
