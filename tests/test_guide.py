"""The contributor's guide works: its recipes, applied to a copy of the project as they stand, have their effect."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import tables

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "pipeline/README.md").read_text(encoding="utf-8")
COPIED = ("pipeline", "schemas", "fixtures", "tests")
RECIPE = re.compile(r"^## (Add a[^\n]*)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
STEP = re.compile(
    r"^(?P<verb>In|Create|Append to) `(?P<path>[^`]+)`:\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
RECIPES = {title: list(STEP.finditer(text)) for title, text in RECIPE.findall(GUIDE)}
AS_OF = "2026-03-10T12:00:00Z"  # 2026-03-11 in Auckland, 2026-03-10 in Los Angeles and in the machine's summer
ORDERS = [("1", "Amazon.co.nz", "OnTrac", "Bicycle"), ("2", "Amazon.com", "OnTrac", ""), ("3", "", "Other", "Bicycle")]
PROGRAM = "from pipeline.cli import main; main(prog_name='feedwarden')"


def apply(step, root):
    """One block of the guide, applied to the project below a folder."""
    path = root / step["path"]
    if step["verb"] == "Create":
        assert not path.exists()
        path.write_text(step["text"], encoding="utf-8")
        return
    before = path.read_text(encoding="utf-8")
    if step["verb"] == "Append to":
        gap = "\n\n" if path.suffix == ".py" else "\n"
        path.write_text(before + gap + step["text"], encoding="utf-8")
        return
    lines = step["text"].splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
    assert before.count(old) == 1, f"{step['path']}: the lines of the guide are not there once:\n{old}"
    path.write_text(before.replace(old, new), encoding="utf-8")


def start(root, *words):
    """A program of the copy; what it prints, whatever it ends with."""
    environment = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200", "FEEDWARDEN_VERIFY": "1"}
    ran = subprocess.run(
        [sys.executable, *words], cwd=root, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project with every recipe of the guide applied to it."""
    root = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "runs", "nights"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copyfile(ROOT / name, root / name)
    for steps in RECIPES.values():
        for step in steps:
            apply(step, root)
    return root


def write_table(path, header, rows):
    path.write_text("".join("\t".join(row) + "\n" for row in (header, *rows)), encoding="utf-8")


@pytest.fixture(scope="module")
def out(copy):
    """What the changed program writes about three orders, their confirmations and a carrier's invoice."""
    inbox = copy / "inbox"
    inbox.mkdir()
    report = "order-id order-item-id purchase-date reporting-date promise-date days-past-promise sku quantity-purchased"
    ids = {number: (f"111-0000000-000000{number}", f"1000000000000{number}") for number, *_ in ORDERS}
    bought, reported, promised = "2026-03-01T10:00:00Z", "2026-03-10T10:00:00Z", "2026-03-20T06:59:59Z"
    write_table(
        inbox / "unshipped.txt",
        [*report.split(), "quantity-shipped", "quantity-to-ship", "ship-service-level", "sales-channel"],
        [
            (*ids[number], bought, reported, promised, "", "SKU", "1", "0", "1", "Standard", channel)
            for number, channel, *_ in ORDERS
        ],
    )
    write_table(
        inbox / "confirmation.txt",
        "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method".split(),
        [(*ids[number], "1", "2026-03-11", *carrier, f"TRACK{number}", "") for number, _, *carrier in ORDERS],
    )
    invoice = "invoice-id order-id tracking-number shipping-cost".split()
    write_table(inbox / "invoice.txt", invoice, [("I1", ids["1"][0], "TRACK1", "4.50"), ("I1", "1", "TRACK2", "4.50")])
    ran = start(copy, "-c", PROGRAM, "run", "inbox", "--no-ledger", "--as-of", AS_OF, "--out", "out")
    assert ran.returncode == 1, ran.stderr
    return copy / "out"


def rows(path):
    header, *lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


def found(out, code):
    """The places at which the code was found."""
    table = rows(out / "reports/findings.tsv")
    return [(row["source_file"], int(row["line"])) for row in table if row["code"] == code]


def test_every_recipe_is_there_and_every_block_of_it_is_applied():
    assert [*RECIPES] == [
        f"Add a {what}" for what in ("rule", "column", "kind of file", "report", "policy number", "marketplace")
    ]
    for title, text in RECIPE.findall(GUIDE):
        shown = re.findall(r"^```(?!console)(\w+)", text, re.MULTILINE)
        assert [step["kind"] for step in RECIPES[title]] == shown != []


def test_the_layers_are_those_that_are_checked():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    table = re.search(r"^## Layers\n(.*?)^## ", GUIDE, re.DOTALL | re.MULTILINE)[1]
    shown = [re.findall("`([^`]+)`", row) for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)]
    assert shown == [re.findall(r"\w+", layer) for layer in layers]


def test_the_rule_fires(out):
    assert found(out, "SHP-190") == [("confirmation.txt", 2)]


TESTED = {  # what is tested of the copy → the tests of it
    "SHP-190": ("tests/test_rule_cases.py", "tests/rules"),
    "every_number or marketplaces_are_whole or text_says_everything or list_of_kinds": (
        *("tests/policy/test_policy.py", "tests/schemas/test_lists.py", "tests/schemas/test_show.py"),
    ),
}


@pytest.fixture(scope="module")
def tested(copy):
    """The tests of the copy that the recipes add or change, run in one process."""
    names = [name for group in TESTED.values() for name in group]
    return start(copy, "-m", "pytest", "-v", "-p", "no:cacheprovider", *names, "-k", " or ".join(TESTED))


@pytest.mark.slow
def test_the_rule_has_its_table_and_its_place_in_the_documents(copy, tested):
    passed = re.findall(r"SHP-190.* PASSED", tested.stdout)
    assert len(passed) >= len(tables.read(ROOT / "fixtures/rules/SHP-111.tsv").cases) // 2, tested.stdout
    code = "from pipeline.rules import docs; print(docs.format_rule_book(), docs.format_rules_section())"
    written = start(copy, "-c", code).stdout
    assert "### SHP-190" in written
    assert "[SHP-190](RULES.md#shp-190-" in written


def test_the_column_is_in_the_schema(copy):
    shown = start(copy, "-c", PROGRAM, "schema", "stock").stdout
    assert re.search(r"^warehouse +text +read$", shown, re.MULTILINE)
    example = start(copy, "-c", PROGRAM, "schema", "stock", "--example").stdout
    assert example.startswith("sku\tquantity\tcounted-at\twarehouse\n")


def test_the_column_of_a_stage_is_declared_and_made(copy, out):
    """The run that wrote the outputs raises where the rows have a column that is not declared, or lack one that is."""
    code = "from pipeline.reconcile import columns; print(*columns.MATCHED_CONFIRMATIONS.names())"
    assert "tracking_has_spaces" in start(copy, "-c", code).stdout.split()
    assert out.is_dir()


def test_the_kind_is_recognised_and_its_cells_are_checked(copy, out):
    assert "invoice.txt" in (out / "reports/summary.txt").read_text(encoding="utf-8")
    assert found(out, "FMT-002") == [("invoice.txt", 3)]
    assert found(out, "FIL-008") == []
    assert "carrier-invoice" in start(copy, "-c", PROGRAM, "schema").stdout
    assert start(copy, "-c", PROGRAM, "schema", "carrier-invoice", "--example").stdout.count("\n") == 2


def test_the_report_is_written(out):
    accepted = {row["source_file"]: row["accepted"] for row in rows(out / "reports/files.tsv")}
    assert accepted == {"confirmation.txt": "1", "invoice.txt": "1", "unshipped.txt": "3"}
    assert "reports/files.tsv" in (out / "manifest.json").read_text(encoding="utf-8")


def test_the_number_is_in_the_policy(copy):
    shown = start(copy, "-c", PROGRAM, "policy").stdout
    assert re.search(r"^return\.answer_within +48  hours", shown, re.MULTILINE)


def test_the_time_zone_of_the_marketplace_is_used(out):
    """The day of the confirmations has begun in Auckland and nowhere else."""
    assert found(out, "SHP-109") == [("confirmation.txt", 3), ("confirmation.txt", 4)]


@pytest.mark.slow
def test_the_tests_that_the_recipes_change_pass(tested):
    assert tested.returncode == 0, tested.stdout
    for name in TESTED["every_number or marketplaces_are_whole or text_says_everything or list_of_kinds"]:
        assert re.search(rf"^{re.escape(name)}::.* PASSED", tested.stdout, re.MULTILINE), name


@pytest.mark.slow
def test_the_code_of_the_guide_is_clean(copy):
    paths = sorted({step["path"] for steps in RECIPES.values() for step in steps if step["path"].endswith(".py")})
    for words in (["check"], ["format", "--check"]):
        ran = start(copy, "-m", "ruff", *words, "--no-cache", *paths)
        assert ran.returncode == 0, ran.stdout
