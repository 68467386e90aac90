"""Documents that the program writes about itself: RULES.md, and what stands between the markers of README.md.

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
from pipeline.rules.rule import Rule

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BOOK = Path(__file__).with_name("RULES.md")
COMMANDS = ("run", "confirm", "claims", "audit", "rules", "schema", "policy", "ledger", "simulate")
SHOWN = "SHP-106"
DEMO = "fixtures/runs/demo/input"
AT = ("--no-ledger", "--as-of", "2026-03-10T07:00:00Z")
EXAMPLE = ("run", DEMO, *AT, "--out", "out/demo")
CLAIMS = "fixtures/runs/claims/input"
EVIDENCE = ("claims", CLAIMS, *AT, "--out", "out/claims", "--evidence", "K11")
FINISHED = (0, 1)  # 1: some rows were refused, as in the example they should be
_PROGRAM = "from pipeline.cli import main; main(prog_name='feedwarden')"
_PREFACE = """\
# The rule book

Written by `python -m pipeline.rules.docs` from the rules themselves: change it there.

A code is for ever. An *error* refuses the row, or the whole file where the rule says so; a *warning* asks for a look;
an *info* only says so. In order reports a cell that cannot be read is a warning unless its column is required. Names
in `{braces}` are filled in from the line.

Sources: *seed* is Amazon's help text on order processing and A-to-z claims that the rules come from, *FORMATS* the
project's reference of Amazon's file layouts, *SPEC* the project's own contract.
"""


def book() -> str:
    """The rule book in Markdown, one section a rule."""
    parts = [_PREFACE]
    for one in catalogue.FAMILIES:
        parts += [f"## {one.prefix}: {one.title}\n", *map(_section, one.rules)]
    return "\n".join(parts)


def rules() -> str:
    """One rule as the program explains it, then all as Markdown tables, each code with a link to its section."""
    return "\n".join([_console(ROOT, "rules", SHOWN), *map(_table, catalogue.FAMILIES)])


def _table(one: catalogue.Family) -> str:
    head = f"**{one.prefix}: {one.title}**\n\n| code | severity | what is wrong |\n|---|---|---|\n"
    rows = [f"| [{rule.code}]({_place(rule)}) | {rule.severity} | {_cell(rule.message)} |\n" for rule in one.rules]
    return head + "".join(rows)


def usage() -> str:
    """What every command says to ``--help``, as a terminal of 100 columns shows it."""
    return "\n".join(_console(ROOT, command, "--help") for command in COMMANDS)


def example(inputs: str, words: tuple[str, ...]) -> str:
    """What a command prints over the inputs, run in an empty folder. Raises ClickException where it does not finish."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(ROOT / inputs, Path(scratch) / inputs)
        return _console(Path(scratch), *words)


def documents() -> dict[Path, str]:
    """Every generated document with what it should hold; a README section whose input is not there stays as it is."""
    sections = {"rules": rules(), "help": usage()}
    for name, inputs, words in (("example", DEMO, EXAMPLE), ("claims", CLAIMS, EVIDENCE)):
        if (ROOT / inputs).is_dir():
            sections[name] = example(inputs, words)
        else:
            click.echo(f"{inputs} is not there: the section {name} of README.md is left as it is", err=True)
    text = README.read_text(encoding="utf-8")
    for name, content in sections.items():
        text = _between(text, name, content)
    return {BOOK: book(), README: text}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 and name what is out of date.")
def main(*, check: bool) -> None:
    """Write RULES.md and the generated sections of README.md."""
    stale = {path: text for path, text in documents().items() if not _holds(path, text)}
    for path, text in stale.items():
        if check:
            click.echo(f"{path.relative_to(ROOT)} is out of date: run python -m pipeline.rules.docs")
        else:
            path.write_text(text, encoding="utf-8")
            click.echo(f"{path.relative_to(ROOT)} written")
    sys.exit(1 if check and stale else 0)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _between(text: str, name: str, content: str) -> str:
    """The text with new content between the markers of that name. Raises ClickException where they are missing."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if not re.search(rf"{begin}.*{end}", text, re.DOTALL):
        raise click.ClickException(f"README.md has no markers {begin.strip()} and {end}: put them where it belongs")
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


def _section(rule: Rule) -> str:
    facts = " · ".join([rule.severity, *(f"{label}: {value}" for label, value in catalogue.facts(rule).items())])
    return f"### {_heading(rule)}\n\n{facts}\n\n> {rule.message}\n\n{rule.why}\n\n*How to mend:* {rule.hint}\n"


def _heading(rule: Rule) -> str:
    return f"{rule.code} {catalogue.title(rule)}"


def _place(rule: Rule) -> str:
    """Where the rule's section is, seen from README.md."""
    return f"{BOOK.relative_to(ROOT).as_posix()}#{_heading(rule).lower().replace(' ', '-')}"


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def _console(folder: Path, *words: str) -> str:
    """A command and what it prints, as a Markdown block. Raises ClickException where it does not finish."""
    environment = os.environ | {"COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(  # noqa: S603  our own program, with words of this file
        [sys.executable, "-c", _PROGRAM, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if ran.returncode not in FINISHED:
        raise click.ClickException(f"feedwarden {' '.join(words)}: exit status {ran.returncode}\n{ran.stderr}")
    return f"```console\n$ feedwarden {' '.join(words)}\n{ran.stdout.rstrip()}\n```\n"


if __name__ == "__main__":
    main()
