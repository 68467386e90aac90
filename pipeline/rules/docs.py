"""Documents that the program writes about itself: RULES.md, and the marked sections of the pages named README.md.

``python -m pipeline.rules.docs`` writes them, ``--check`` says which are out of date. Commands are run as a user runs
them, each in a process of its own: so their words are the program's, and the rules import nothing above them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from pipeline.rules import catalogue
from pipeline.rules.page_examples import EXAMPLES
from pipeline.rules.rule import Rule

ROOT = Path(__file__).resolve().parents[2]
FRONT_PAGE = ROOT / "README.md"
RULE_BOOK = Path(__file__).with_name("RULES.md")
SECTION_PAGES = {  # the page that holds each generated section
    "example": FRONT_PAGE,
    "rules": ROOT / "pipeline/rules/README.md",
    "help": ROOT / "pipeline/app/README.md",
    "history": ROOT / "pipeline/app/README.md",
    "feeds": ROOT / "pipeline/app/README.md",
    "claims": ROOT / "pipeline/claims/README.md",
}
COMMANDS = (
    *("run", "confirm", "claims", "audit", "rules", "schema", "policy", "ledger", "feeds", "notify"),
    *("init", "simulate", "fetch", "submit", "collect", "night", "amazon"),
)
SHOWN_RULE = "SHP-106"
EXPECTED_EXITS = (0, 1)  # 1: some rows were refused, as in the example they should be
_PROGRAM = "from pipeline.cli import main; main(prog_name='feedwarden')"
_BOOK_PREFACE = """\
# The rule book

Written by `python -m pipeline.rules.docs` from the rules themselves: change it there.

A code keeps its meaning for ever. An *error* rejects the row, or the whole file where the rule says so; a *warning*
asks for a look; an *info* only states a fact. In order reports an unreadable cell is a warning unless its column is
required. Names in `{braces}` stand for the line's own values.
"""


def format_rule_book() -> str:
    """The rule book in Markdown, one section a rule."""
    parts = [_BOOK_PREFACE]
    for family in catalogue.FAMILIES:
        parts += [f"## {family.prefix}: {family.title}\n", *map(_rule_section, family.rules)]
    return "\n".join(parts)


def format_rules_section() -> str:
    """One rule as the program explains it, then all as Markdown tables, each code with a link to its section."""
    shown = _format_block(_run_command(ROOT, "rules", SHOWN_RULE))
    return "\n".join([shown, *map(_family_table, catalogue.FAMILIES)])


def _family_table(family: catalogue.RuleFamily) -> str:
    head = f"**{family.prefix}: {family.title}**\n\n| code | severity | what is wrong |\n|---|---|---|\n"
    rows = [
        f"| [{rule.code}]({_rule_link(rule)}) | {rule.severity} | {_escape_cell(rule.message)} |\n"
        for rule in family.rules
    ]
    return head + "".join(rows)


def collect_help() -> str:
    """What every command says to ``--help``, as a terminal of 100 columns shows it."""
    return "\n".join(_format_block(_run_command(ROOT, command, "--help")) for command in COMMANDS)


def run_example(inputs: str, *commands: tuple[str, ...]) -> str:
    """The commands and what each prints, run one after the other in a folder with only the inputs in it.

    Raises ClickException where one does not finish.
    """
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(ROOT / inputs, Path(scratch) / inputs)
        return _format_block(*(_run_command(Path(scratch), *arguments) for arguments in commands))


def generate_documents() -> dict[Path, str]:
    """Every generated document with what it should hold; a section whose input is not there stays as it is."""
    sections = {"rules": format_rules_section(), "help": collect_help()}
    for name, (inputs, commands) in EXAMPLES.items():
        if (ROOT / inputs).is_dir():
            sections[name] = run_example(inputs, *commands)
        else:
            click.echo(f"{inputs} is not there: the section {name} is left as it is", err=True)
    documents = {RULE_BOOK: format_rule_book()}
    for name, content in sections.items():
        page = SECTION_PAGES[name]
        documents[page] = _replace_section(page, documents.get(page) or page.read_text(encoding="utf-8"), name, content)
    return documents


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 and name what is out of date.")
def main(*, check: bool) -> None:
    """Write RULES.md and the generated sections of the pages."""
    stale = {path: text for path, text in generate_documents().items() if not _is_current(path, text)}
    for path, text in stale.items():
        if check:
            click.echo(f"{path.relative_to(ROOT)} is out of date: run python -m pipeline.rules.docs")
        else:
            path.write_text(text, encoding="utf-8")
            click.echo(f"{path.relative_to(ROOT)} written")
    sys.exit(1 if check and stale else 0)


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _replace_section(page: Path, text: str, name: str, content: str) -> str:
    """The text with new content between the markers of that name. Raises ClickException where they are missing."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if not re.search(rf"{begin}.*{end}", text, re.DOTALL):
        place = page.relative_to(ROOT)
        raise click.ClickException(f"{place} has no markers {begin.strip()} and {end}: put them where it belongs")
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


def _rule_section(rule: Rule) -> str:
    facts = " · ".join([rule.severity, *(f"{label}: {value}" for label, value in catalogue.rule_facts(rule).items())])
    return f"### {_rule_heading(rule)}\n\n{facts}\n\n> {rule.message}\n\n{rule.why}\n\n*How to fix it:* {rule.hint}\n"


def _rule_heading(rule: Rule) -> str:
    return f"{rule.code} {catalogue.rule_title(rule)}"


def _rule_link(rule: Rule) -> str:
    """Where the rule's section is, seen from the page beside the rule book."""
    return f"{RULE_BOOK.name}#{_rule_heading(rule).lower().replace(' ', '-')}"


def _escape_cell(words: str) -> str:
    return words.replace("|", "\\|")


def _run_command(folder: Path, *arguments: str) -> str:
    """A command and what it prints. Raises ClickException where it does not finish."""
    environment = os.environ | {"COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    process = subprocess.run(  # noqa: S603  our own program, with words of this file
        [sys.executable, "-c", _PROGRAM, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    is_silent = "--quiet" in arguments
    if process.returncode not in EXPECTED_EXITS or bool(process.stdout) == is_silent:  # a crash also exits with 1
        raise click.ClickException(
            f"feedwarden {' '.join(arguments)}: exit status {process.returncode}\n{process.stderr}"
        )
    return f"$ feedwarden {' '.join(arguments)}\n{process.stdout.rstrip()}".rstrip()


def _format_block(*printed: str) -> str:
    """Commands with what they print, as one block of Markdown."""
    lines = "\n".join(printed)
    return f"```console\n{lines}\n```\n"


if __name__ == "__main__":
    main()
