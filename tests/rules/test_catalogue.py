"""The rule book: complete, in order, in words that can be filled in, and the same in RULES.md."""

import ast
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules import catalogue, docs
from pipeline.rules.rule import Rule

ROOT = Path(__file__).resolve().parents[2]
RULES = catalogue.list_catalogue()
PLACEHOLDER = re.compile(r"[a-z]+(_[a-z]+)*")


def by_code(rule):
    return rule.code


def placeholders(words):
    return [part for part in string.Formatter().parse(words) if part[1] is not None]


def test_codes_are_unique_and_in_order():
    codes = [rule.code for rule in RULES]
    prefixes = [one.prefix for one in catalogue.FAMILIES]
    assert len(codes) == len(set(codes))
    assert codes == sorted(codes, key=lambda code: (prefixes.index(code[:3]), code))


def test_names_are_unique():
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_a_family_holds_all_rules_of_its_module_and_no_others():
    for one in catalogue.FAMILIES:
        declared = {value.code for module in one.modules for value in vars(module).values() if isinstance(value, Rule)}
        assert declared == {rule.code for rule in one.rules}
        assert all(rule.code.startswith(f"{one.prefix}-") for rule in one.rules)


def rule_modules(path):
    """The modules of pipeline.rules that a file imports, by their names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "pipeline.rules":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("pipeline.rules."):
            yield node.module.split(".")[2]


def test_every_family_that_the_program_uses_is_in_the_catalogue():
    rules = ROOT / "pipeline/rules"
    files = [path for path in (ROOT / "pipeline").rglob("*.py") if rules not in path.parents]
    used = {name for path in files for name in rule_modules(path)}
    listed = {module.__name__.rpartition(".")[2] for one in catalogue.FAMILIES for module in one.modules}
    assert "shipment_items" in used
    assert used - {"build_findings", "catalogue", "evaluate", "report_hints", "rule", "subjects"} <= listed


@pytest.mark.parametrize("rule", RULES, ids=by_code)
def test_a_rule_says_everything(rule):
    assert re.fullmatch(r"[A-Z]{3}-[0-9]{3}", rule.code)
    assert rule.severity in {ERROR, WARNING, INFO}
    assert all(words.strip() == words != "" for words in (rule.message, rule.hint, rule.source, rule.why, rule.name))
    assert rule.why.endswith(".")
    assert rule.hint.endswith((".", "}"))
    assert not rule.message.endswith(".")
    assert rule.name.isidentifier()
    assert rule.amazon == "" or rule.amazon.isdigit()


@pytest.mark.parametrize("rule", RULES, ids=by_code)
def test_placeholders_are_plain_names(rule):
    for _, name, form, conversion in placeholders(rule.message + rule.hint):
        assert PLACEHOLDER.fullmatch(name)
        assert not form
        assert conversion is None
    assert not placeholders(rule.why + rule.source)


@pytest.mark.parametrize("rule", RULES, ids=by_code)
def test_a_rule_that_asks_of_rows_names_what_it_needs(rule):
    assert bool(rule.needs) == (rule.condition is not None)
    assert bool(rule.column) == (rule.condition is not None)


@pytest.mark.parametrize("spelling", ["SHP-106", "shp-106", " SHP-106 "])
def test_find(spelling):
    assert catalogue.find_rule(spelling).name == "more_than_remains"


@pytest.mark.parametrize(
    ("wrong", "near"), [("SHP-1006", "SHP-106"), ("FMT-02", "FMT-002"), ("", "feedwarden rules lists them")]
)
def test_find_names_the_nearest_codes(wrong, near):
    with pytest.raises(KeyError) as caught:
        catalogue.find_rule(wrong)
    assert near in caught.value.args[0]


@pytest.mark.parametrize("rule", RULES, ids=by_code)
def test_text_holds_every_fact(rule):
    shown = " ".join(catalogue.format_rule(rule).split())
    for fact in (rule.code, rule.severity, rule.message, rule.why, rule.hint, rule.source, rule.column, rule.amazon):
        assert fact in shown
    assert all(len(line) <= catalogue.TEXT_WIDTH for line in catalogue.format_rule(rule).split("\n"))
    assert ("braces" in shown) == ("{" in rule.message + rule.hint)


def test_the_table_has_one_line_a_rule():
    lines = catalogue.format_rule_table().split("\n")
    assert [line.split()[:2] for line in lines] == [[rule.code, rule.severity] for rule in RULES]
    assert all(line.endswith(rule.message) for line, rule in zip(lines, RULES, strict=True))


def test_the_rule_book_is_up_to_date():
    assert docs.RULE_BOOK.read_text(encoding="utf-8") == docs.format_rule_book(), "run python -m pipeline.rules.docs"


def test_the_catalogue_loads_without_what_is_heavy():
    code = (
        "import sys, pipeline.rules.catalogue as c; c.format_rule(c.find_rule('SHP-106'));"
        "c.format_rule_table(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "pyarrow", "pandera"} & set(loaded.stdout.split())
