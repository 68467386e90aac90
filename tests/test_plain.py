"""Nothing that is printed acts on a terminal."""

import json
import tomllib

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console
from pipeline.utils.escape import escape_controls
from tests import tables

CORPUS = tomllib.loads((tables.FIXTURES / "awkward/injection.toml").read_text("utf-8"))
ACTIVE = set(map(chr, [*range(9), *range(11, 32), *range(127, 160), 0xAD, 0x200B, 0x202E, 0x2066, 0xFEFF]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("a\tb\nc é 例 ‹masked›", "a\tb\nc é 例 ‹masked›"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\rb\x08", "a\\x0db\\x08"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\U000e0041", "\\U000e0041"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_acts_is_spelt_out(text, shown):
    assert escape_controls(text) == shown
    assert escape_controls(shown) == shown


def invoke(*args):
    ran = CliRunner().invoke(cli.main, [*map(str, args)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.output


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A file whose name, header and cells hold what would act on a terminal."""
    home = tmp_path_factory.mktemp("evil")
    lines = ["order-id\tship-date\tcarrier-code\ttracking-number\t\x1b[5mheading"]
    lines += [f"111-0000000-0000001\t2026-03-0{at}\t{text}\t{text}\t" for at, text in enumerate(CORPUS["terminal"])]
    (home / "\x1b[2J\u202eevil.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return home


@pytest.mark.parametrize("command", ["run", "audit"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_that_is_printed_acts(evil, tmp_path, command, form):
    options = [
        "--as-of",
        "2026-03-10T07:00:00Z",
        "--out",
        tmp_path / "out",
        "--log-format",
        form,
        "--max-rejected",
        "1%",
    ]
    printed = invoke(command, evil, *options, *(["--no-ledger"] if command == "run" else []))
    assert "evil.txt" in printed
    assert "rejected" in printed
    assert not ACTIVE & set(printed)
    told = [path for path in (tmp_path / "out").rglob("*") if path.name in ("summary.txt", "audit.md", "report.html")]
    assert told
    for path in told:
        assert not ACTIVE & set(path.read_text("utf-8")), path


@pytest.mark.parametrize(
    "words",
    [
        ("run", "\x1b[31mnone.txt", "--no-ledger", "--out", "x"),
        ("audit", "\x1b[31mnone.txt", "--out", "x"),
        ("rules", "\x1b[31m"),
        ("schema", "\x1b[31m"),
        ("policy", "\x1b[31m"),
        ("ledger", "show", "\x1b[31m", "--ledger", "no\x1b[31m"),
    ],
)
def test_no_error_acts(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(console.log, "handlers", [])
    printed = invoke(*words)
    assert printed
    assert not ACTIVE & set(printed)


def test_json_lines_stay_json(evil, tmp_path):
    options = ["--as-of", "2026-03-10T07:00:00Z", "--out", tmp_path / "out", "--log-format", "json", "--quiet"]
    printed = invoke("run", evil / "\x1bnone", "--no-ledger", *options)
    assert [json.loads(line)["level"] for line in printed.splitlines()] == ["error"]
