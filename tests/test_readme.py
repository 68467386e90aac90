"""README.md is true: its commands, options, links, tables and examples are held against the program itself."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli, policy
from pipeline.app import console
from pipeline.model import account
from pipeline.rules import catalogue, docs
from schemas.kinds import KINDS

ROOT = Path(__file__).resolve().parents[1]
TEXT = docs.README.read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
PROSE = BLOCK.sub("", TEXT)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)]+)\)")
SHELL = re.compile(r"[;|&<>]|\d>")  # where a command of a shell ends


def blocks(kind):
    return [found["text"] for found in BLOCK.finditer(TEXT) if found["kind"] == kind]


def commands():
    """Every command that README shows, as words."""
    shown = [line[2:] for block in blocks("console") for line in block.split("\n") if line.startswith("$ ")]
    scripts = "\n".join(blocks("sh") + blocks("cron"))
    shown += re.findall(r"(?:^|&& )((?:feedwarden|make|python) .*)$", scripts, re.MULTILINE)
    return [shlex.split(SHELL.split(line)[0]) for line in shown]


def options():
    """Every option of every command."""
    return {name for command in cli.main.commands.values() for one in command.params for name in one.opts}


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)[1]


def first_cells(text):
    """The first cell of every row of the tables in a text, without their headings."""
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return [row for row in rows if row not in {"kind", "status", "file", "you see"}]


def anchors(path):
    """The anchors that a Markdown page gets from its headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_commands_to_check():
    programs = {words[0] for words in commands()}
    assert programs == {"feedwarden", "make", "python"}
    assert {words[1] for words in commands() if words[0] == "feedwarden"} == set(docs.COMMANDS)


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_command_exists(words):
    program, *rest = words
    if program == "feedwarden":
        name, *given = rest
        command = cli.main.commands[name]
        command.make_context(name, [word for word in given if word != "--help"], resilient_parsing=True)
    elif program == "make":
        target = rest[0]
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    else:
        assert rest[0] == "-m"
        place = ROOT / rest[1].replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()


def test_every_option_in_the_prose_exists():
    named = {option for code in re.findall(r"`([^`\n]+)`", PROSE) for option in re.findall(r"(?<!\S)--?[a-z-]+", code)}
    assert "--as-of" in named
    assert named <= options() | {"--help"}


def test_every_make_target_in_the_prose_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z]+)", PROSE))
    assert targets
    assert targets <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_exit_statuses_are_those_of_the_program():
    statuses = [console.OK, console.SOME_REJECTED, console.WRONG_USAGE, console.NO_INPUT, console.COULD_NOT_FINISH]
    assert [int(cell) for cell in first_cells(section("At 2 a.m.")) if cell.isdigit()] == statuses


def test_every_kind_of_file_is_listed():
    listed = [name for cell in first_cells(section("Inputs")) for name in re.findall(r"`([^`]+)`", cell)]
    assert sorted(listed) == sorted(kind.name for kind in KINDS)


@pytest.fixture(scope="module")
def demo_output(tmp_path_factory):
    """What the example leaves behind: the paths below its output folder."""
    if not (ROOT / docs.DEMO_INPUT).is_dir():
        pytest.skip(f"no {docs.DEMO_INPUT} yet")
    out = tmp_path_factory.mktemp("demo") / "out"
    words = [*docs.EXAMPLE_COMMAND[:-1], str(out)]
    ran = subprocess.run([sys.executable, "-c", docs._PROGRAM, *words], cwd=ROOT, capture_output=True, check=False)
    assert ran.returncode in docs.EXPECTED_EXITS, ran.stderr
    return [path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()]


def test_every_output_of_the_example_is_explained(demo_output):
    """And what README calls a report is always there."""
    named = [path for cell in first_cells(section("Outputs")) for path in re.findall(r"`([^`]+)`", cell)]
    patterns = [re.escape(name).replace("001", "[0-9]{3}").replace("<input\\ name>", ".+") for name in named]
    assert [path for path in demo_output if not any(re.fullmatch(one, path) for one in patterns)] == []
    always = {name for name in named if "/" not in name or (name.startswith("reports/") and "<" not in name)}
    assert always <= set(demo_output)


def test_every_code_is_a_rule():
    known = {rule.code for rule in catalogue.list_catalogue()}
    assert set(re.findall(r"\b[A-Z]{3}-[0-9]{3}\b", TEXT)) == known


@pytest.mark.parametrize("target", sorted(set(LINK.findall(TEXT))))
def test_link_leads_somewhere(target):
    if target.startswith("https://"):
        return
    path, _, anchor = target.partition("#")
    assert (ROOT / path).exists()
    assert not anchor or anchor in anchors(ROOT / path)


def test_the_account_shown_is_the_default(tmp_path):
    (shown,) = [block for block in blocks("toml") if "plan" in block]
    path = tmp_path / "account.toml"
    path.write_text(shown, encoding="utf-8")
    assert account.load_account(path) == account.Account(policy="amazon")
    assert all(f"{name.replace('_', '-')} = " in shown for name in account.Account.__dataclass_fields__)


def test_the_overlay_shown_can_be_used(tmp_path):
    (shown,) = [block for block in blocks("toml") if "[[entry]]" in block]
    path = tmp_path / "own.toml"
    path.write_text(shown, encoding="utf-8")
    changed, base = policy.load_policy(str(path)), policy.load_policy("amazon")
    assert {entry.name for entry in changed.entries if entry not in base.entries} == {"shipment.confirm_within"}


def test_generated_parts_are_up_to_date():
    told = CliRunner().invoke(docs.main, ["--check"])
    assert told.exit_code == 0, told.output


def test_a_stale_page_is_named(tmp_path, monkeypatch):
    stale = tmp_path / "README.md"
    stale.write_text(TEXT.replace("SHP-106", "SHP-601"), encoding="utf-8")
    monkeypatch.setattr(docs, "generate_documents", lambda: {stale: TEXT})
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    told = CliRunner().invoke(docs.main, ["--check"])
    assert told.exit_code == 1
    assert "README.md is out of date" in told.output
    assert CliRunner().invoke(docs.main, []).exit_code == 0
    assert stale.read_text(encoding="utf-8") == TEXT


def test_missing_markers_are_named():
    with pytest.raises(docs.click.ClickException, match="<!-- rules --> and <!-- /rules -->"):
        docs._replace_section("no markers here", "rules", "content")
