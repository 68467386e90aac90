"""The pages named README.md are true: commands, options, links, tables and examples are checked by the program."""

import contextlib
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline import cli, policy
from pipeline.app import console
from pipeline.model import account
from pipeline.rules import catalogue, docs, page_examples
from schemas.kinds import KINDS

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("pipeline", "schemas")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [docs.FRONT_PAGE, *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("README.md"))]
}
FRONT, GUIDE = "README.md", "pipeline/README.md"
FRONT_LINES = 300
NEW_RULE = "SHP-190"  # the code that the contributor's guide gives its new rule
BLOCK = re.compile(r"^```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
GENERATED = re.compile(r"<!-- (\w+) -->.*?<!-- /\1 -->", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)]+)\)")
SHELL = re.compile(r"[;|&<>]|\d>")  # where a command of a shell ends
OLD_WORDS = r"\b(?:mend(?:ed|s|ing)?|fates?|parted by|given again|told|anew|wherefrom|hitherto|otherwise than)\b"


def prose(text):
    return BLOCK.sub("", text)


def blocks(kind, text):
    return [found["text"] for found in BLOCK.finditer(text) if found["kind"] == kind]


def commands(text):
    """Every command that a page shows, as words."""
    shown = [line[2:] for block in blocks("console", text) for line in block.split("\n") if line.startswith("$ ")]
    scripts = "\n".join(blocks("sh", text) + blocks("cron", text))
    shown += re.findall(r"(?:^ *|&& )((?:feedwarden|make|python) .*)$", scripts, re.MULTILINE)
    return [shlex.split(SHELL.split(line)[0]) for line in shown]


def all_commands():
    return [words for text in PAGES.values() for words in commands(text)]


def options():
    """Every option of every command."""
    commands = list(cli.main.commands.values())
    every = [docs.main, *commands, *(sub for group in commands for sub in getattr(group, "commands", {}).values())]
    return {name for command in every for one in command.params for name in one.opts}


def section(page, title):
    return re.search(rf"^##? {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGES[page], re.DOTALL | re.MULTILINE)[1]


def first_cells(text):
    """The first cell of every row of the tables in a text, without their headings."""
    rows = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    return [row for row in rows if row not in {"kind", "status", "file", "you see"}]


def anchors(path):
    """The anchors that a Markdown page gets from its headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_front_page_is_short():
    assert PAGES[FRONT].count("\n") <= FRONT_LINES


@pytest.mark.parametrize("page", PAGES)
def test_words_are_plain(page):
    assert re.findall(OLD_WORDS, prose(GENERATED.sub("", PAGES[page])), re.IGNORECASE) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_reached(page):
    """From the front page, or from a page that it links to."""
    linked, waiting = {FRONT}, [FRONT]
    while waiting:
        here = waiting.pop()
        for target in LINK.findall(prose(PAGES[here])):
            path = (ROOT / here).parent / target.partition("#")[0]
            name = path.resolve().relative_to(ROOT).as_posix() if path.exists() else ""
            if name in PAGES and name not in linked:
                linked.add(name)
                waiting.append(name)
    assert page in linked


def test_there_are_commands_to_check():
    programs = {words[0] for words in all_commands()}
    assert programs == {"feedwarden", "make", "python"}
    assert {words[1] for words in all_commands() if words[0] == "feedwarden"} == set(docs.COMMANDS)


@pytest.mark.parametrize("words", [*map(list, dict.fromkeys(map(tuple, all_commands())))], ids=" ".join)
def test_command_exists(words):
    program, *rest = words
    if program == "feedwarden":
        name, *given = rest
        command = cli.main.commands[name]
        parent = click.Context(cli.main, **cli.main.context_settings)  # a command keeps the help of its first parent
        command.make_context(name, [word for word in given if word != "--help"], parent, resilient_parsing=True)
    elif program == "make":
        target = rest[0]
        assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    else:
        assert rest[0] == "-m"
        place = ROOT / rest[1].replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()


@pytest.mark.parametrize("page", PAGES)
def test_every_option_in_the_prose_exists(page):
    codes = re.findall(r"`([^`\n]+)`", prose(PAGES[page]))
    named = {option for code in codes for option in re.findall(r"(?<!\S)--?[a-z-]+", code)}
    assert named <= options() | {"--help", "-m"}
    assert "--as-of" in named or page != FRONT


def test_every_make_target_in_the_prose_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z]+)", "".join(map(prose, PAGES.values()))))
    assert targets
    assert targets <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_exit_statuses_are_those_of_the_program():
    statuses = [console.OK, console.SOME_REJECTED, console.WRONG_USAGE, console.NO_INPUT, console.COULD_NOT_FINISH]
    assert [int(cell) for cell in first_cells(section(FRONT, "At 2 a.m.")) if cell.isdigit()] == statuses


def test_every_kind_of_file_is_listed():
    listed = [name for cell in first_cells(section(FRONT, "Inputs")) for name in re.findall(r"`([^`]+)`", cell)]
    assert sorted(listed) == sorted(kind.name for kind in KINDS)


def test_the_front_page_says_where_amazon_has_each_file():
    """As the schema does: the place in Seller Central, and the types in the Selling Partner API."""
    table = section(FRONT, "From Seller Central and back")
    shown = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \|$", table, re.MULTILINE)
    assert {name: (place, tuple(types.replace("`", "").split(" or "))) for name, place, types in shown} == {
        kind.name: (kind.place, kind.api_types) for kind in KINDS if kind.place
    }


def run_in_process(folder, *words):
    """A command of the pages, without a process of its own."""
    with contextlib.chdir(folder):
        ran = CliRunner().invoke(cli.main, words)
    assert ran.exit_code in docs.EXPECTED_EXITS, ran.output
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception


@pytest.fixture(scope="module")
def demo_output(tmp_path_factory):
    """What the example leaves behind: the paths below its output folder."""
    if not (ROOT / page_examples.DEMO_INPUT).is_dir():
        pytest.skip(f"no {page_examples.DEMO_INPUT} yet")
    out = tmp_path_factory.mktemp("demo") / "out"
    run_in_process(ROOT, *page_examples.EXAMPLE_COMMAND[:-1], str(out))
    return [path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()]


def test_every_output_of_the_example_is_explained(demo_output):
    """And what the page calls a report is always there."""
    named = [
        path
        for cell in first_cells(section("pipeline/publish/README.md", "Outputs"))
        for path in re.findall(r"`([^`]+)`", cell)
    ]
    patterns = [re.escape(name).replace("001", "[0-9]{3}").replace("<input\\ name>", ".+") for name in named]
    assert [path for path in demo_output if not any(re.fullmatch(one, path) for one in patterns)] == []
    always = {name for name in named if "/" not in name or (name.startswith("reports/") and "<" not in name)}
    assert always <= set(demo_output)


def test_every_code_is_a_rule():
    known = {rule.code for rule in catalogue.list_catalogue()}
    named = {page: set(re.findall(r"\b[A-Z]{3}-[0-9]{3}\b", text)) for page, text in PAGES.items()}
    assert named.pop("pipeline/rules/README.md") == known
    assert named.pop(GUIDE) - {NEW_RULE} <= known
    assert set.union(*named.values()) <= known
    assert NEW_RULE not in known


@pytest.mark.parametrize(
    ("page", "target"), sorted({(page, target) for page, text in PAGES.items() for target in LINK.findall(prose(text))})
)
def test_link_leads_somewhere(page, target):
    if target.startswith("https://"):
        return
    name, _, anchor = target.partition("#")
    path = (ROOT / page).parent / name if name else ROOT / page
    assert path.exists()
    assert not anchor or anchor in anchors(path)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A folder with the files that the examples name."""
    folder = tmp_path_factory.mktemp("workplace")
    for name in ("inbox", "delivery"):
        shutil.copytree(ROOT / page_examples.DEMO_INPUT, folder / name)
    for name, source in (
        ("tonight.tsv", "demo/input/shipping-confirmation-2026-03-09.txt"),
        ("unshipped.txt", "demo/input/unshipped-2026-03-10.txt"),
        ("orders.txt", "demo/input/orders-2026-03-10.txt"),
        ("claims.tsv", "claims/input/claims.txt"),
        ("contacts.tsv", "claims/input/contacts.txt"),
    ):
        shutil.copyfile(ROOT / "fixtures/runs" / source, folder / name)
    for text in PAGES.values():
        for shown in blocks("toml", text):
            if name := re.match(r"# (\S+\.toml):", shown):
                (folder / name[1]).write_text(shown, encoding="utf-8")
    with contextlib.chdir(folder):  # what an earlier night left behind
        for words in (["run", "inbox", "--out", "out/tonight"], ["audit", "inbox", "--out", "out/last-week"]):
            CliRunner().invoke(cli.main, words)
    return folder


SECRETS = {"FEEDWARDEN_SMTP": "user:password", "FEEDWARDEN_HOOK": "https://example.com/hook"}  # which a page names
RUN = {  # the examples that are run here: those of these pages whose printed output is not generated
    page: [words[1:] for words in commands(GENERATED.sub("", PAGES[page])) if words[0] == "feedwarden"]
    for page in PAGES
    if page not in (FRONT, GUIDE)
}


@pytest.mark.parametrize("page", [page for page, found in RUN.items() if found])
def test_examples_run(page, workplace, monkeypatch):
    """In their order, as on the page, with fewer simulated orders."""
    monkeypatch.chdir(workplace)
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    for words in RUN[page]:
        if "$" in "".join(words):
            continue  # a line of a script, whose variables the script fills in
        text = " ".join(words).replace("--orders 20000", "--orders 200").replace("--nights 7", "--nights 1")
        ran = CliRunner().invoke(cli.main, shlex.split(text))
        assert ran.exit_code in docs.EXPECTED_EXITS, f"{text}: {ran.output}"
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception


SHOWN_EXAMPLES = [
    (page, found[2])
    for page, text in PAGES.items()
    for found in re.finditer(r"<!-- (example|history|feeds|claims) -->\n(.*?)<!-- /\1 -->", text, re.DOTALL)
]


@pytest.mark.parametrize(("page", "shown"), SHOWN_EXAMPLES, ids=[page for page, _ in SHOWN_EXAMPLES])
def test_what_a_page_shows_is_what_a_clone_prints(page, shown, tmp_path, monkeypatch):
    """Every command of the example, in order, with nothing before it and only the files of the project."""
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    printed = []
    for words in commands(shown):
        with contextlib.chdir(tmp_path):
            ran = CliRunner().invoke(cli.main, words[1:])
        assert ran.exit_code in docs.EXPECTED_EXITS, f"{page}: {ran.output}"
        printed += [f"$ {' '.join(words)}", *ran.stdout.rstrip("\n").split("\n")]
    assert [line for line in "".join(blocks("console", shown)).split("\n") if line] == [
        line for line in printed if line
    ]


def test_the_account_shown_is_the_default(tmp_path):
    (shown,) = [block for block in blocks("toml", PAGES["schemas/README.md"]) if "plan" in block]
    path = tmp_path / "account.toml"
    path.write_text(shown, encoding="utf-8")
    assert account.load_account(path) == account.Account(policy="amazon")
    names = {name.replace("_", "-") for name in account.Account.__dataclass_fields__} - {"carriers-also"} | {"also"}
    assert set(re.findall(r"^([a-z-]+) = ", shown, re.MULTILINE)) == names


def test_the_overlay_shown_can_be_used(tmp_path):
    whole, more = [block for block in blocks("toml", PAGES["pipeline/policy/README.md"]) if "[[entry]]" in block]
    path = tmp_path / "own.toml"
    path.write_text(whole + more, encoding="utf-8")
    changed, base = policy.load_policy(str(path)), policy.load_policy("amazon")
    names = {"shipment.confirm_within", "shipment.cancel_after_promise"}
    assert {entry.name for entry in changed.entries if entry not in base.entries} == names


def show_in_process(folder, *arguments):
    """What the documents show of a command, which ``make check`` runs in a process of its own."""
    with contextlib.chdir(folder):
        result = CliRunner(env={"COLUMNS": "100"}).invoke(
            cli.main, arguments, prog_name="feedwarden", terminal_width=98
        )
    assert result.exit_code in docs.EXPECTED_EXITS, result.output
    return f"$ feedwarden {' '.join(arguments)}\n{result.stdout.rstrip()}".rstrip()


@pytest.mark.slow
def test_generated_parts_are_up_to_date(monkeypatch):
    monkeypatch.setattr(docs, "_run_command", show_in_process)
    told = CliRunner().invoke(docs.main, ["--check"])
    assert told.exit_code == 0, told.output


def test_a_stale_page_is_named(tmp_path, monkeypatch):
    stale, text = tmp_path / "README.md", PAGES[FRONT]
    stale.write_text(text.replace("SHP-106", "SHP-601"), encoding="utf-8")
    monkeypatch.setattr(docs, "generate_documents", lambda: {stale: text})
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    told = CliRunner().invoke(docs.main, ["--check"])
    assert told.exit_code == 1
    assert "README.md is out of date" in told.output
    assert CliRunner().invoke(docs.main, []).exit_code == 0
    assert stale.read_text(encoding="utf-8") == text


def test_missing_markers_are_named():
    with pytest.raises(docs.click.ClickException, match="<!-- rules --> and <!-- /rules -->"):
        docs._replace_section(docs.FRONT_PAGE, "no markers here", "rules", "content")
