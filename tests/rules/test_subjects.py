"""A rule asks of rows that have what it asks about: its columns are declared, and one that is missing is no silence."""

import ast
import inspect
import string
import textwrap

import pandas as pd
import pyarrow as pa
import pytest

from pipeline import policy
from pipeline.claims import columns as claims_columns
from pipeline.lifecycle import columns as lifecycle_columns
from pipeline.model.columns import ColumnTable
from pipeline.model.file_columns import split_table
from pipeline.reconcile import columns as reconcile_columns
from pipeline.rules import catalogue, stock_counts
from pipeline.rules.rule import MissingColumn, Rule, rule
from pipeline.rules.subjects import SUBJECTS
from schemas.kinds import KINDS

STAGES = (reconcile_columns, lifecycle_columns, claims_columns)
STAGE_TABLES = [table for module in STAGES for table in vars(module).values() if isinstance(table, ColumnTable)]
TABLES = {table.name: table for table in STAGE_TABLES} | {kind.name: split_table(kind) for kind in KINDS}
QUESTIONS = [(rule, subject) for rule in catalogue.list_catalogue() for subject in rule.asks]


def columns_read(question):
    """The names of the columns that the body of a rule reads, ``rows["name"]``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(question.condition)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "rows":
            yield ast.literal_eval(node.slice)


def placeholders(question):
    return {name for _, name, _, _ in string.Formatter().parse(question.message + question.hint) if name}


def declares(table, name):
    """Findings quote a text where the file has one, else the value: the names differ in hyphen and underscore."""
    return {name, name.replace("_", "-"), name.replace("-", "_")} & table.names()


def test_every_subject_has_its_columns():
    assert SUBJECTS.keys() <= TABLES.keys()
    assert len(TABLES) == len(STAGE_TABLES) + len(KINDS)


def test_every_rule_that_asks_has_a_subject():
    assert {rule.code for rule, _ in QUESTIONS} == {rule.code for rule in catalogue.list_catalogue() if rule.condition}


@pytest.mark.parametrize(("question", "subject"), QUESTIONS, ids=lambda value: getattr(value, "code", value))
def test_a_rule_asks_only_what_its_rows_have(question, subject):
    table = TABLES[subject]
    assert {*question.needs, *columns_read(question)} <= table.names()
    assert [name for name in placeholders(question) if not declares(table, name)] == []


def test_every_body_is_read():
    """Else a rule whose columns are not found by their spelling would pass unseen."""
    silent = {question.code for question, _ in QUESTIONS if not set(columns_read(question))}
    assert silent == set()


@pytest.mark.parametrize("asks", [("skus",), ("evaluated_claims", "skus"), ()])
def test_an_unknown_subject_is_refused(asks):
    declared = {"severity": "info", "source": "", "message": "", "hint": ""}
    with pytest.raises(ValueError, match="TST-001 asks of"):
        rule("TST-001", asks=asks, needs=["line"], **declared)(lambda rows, _: rows["line"] < 0)


BY_LINE = ["file", "line", "record"]
DEMANDING = [rule for rule in catalogue.list_catalogue() if not set(rule.needs) <= set(BY_LINE)]


@pytest.mark.parametrize("question", DEMANDING, ids=lambda rule: rule.code)
def test_a_column_that_is_missing_raises(question):
    rows = pd.DataFrame({name: [1] for name in BY_LINE}, dtype=pd.ArrowDtype(pa.int64()))
    with pytest.raises(MissingColumn, match=question.code):
        question.offending_rows(rows, policy.load_policy("amazon"))


def test_a_rule_that_reading_finds_asks_nothing():
    offences = [rule for rule in catalogue.list_catalogue() if rule.condition is None]
    assert all(not rule.asks and not rule.needs for rule in offences)


def test_the_oversold_are_found_by_what_is_available():
    rows = pd.DataFrame({"line": [1, 2, 3], "available": [-1, 0, None]}, dtype=pd.ArrowDtype(pa.int64()))
    found = stock_counts.oversold.offending_rows(rows, policy.load_policy("amazon"))
    assert isinstance(stock_counts.oversold, Rule)
    assert list(found) == [True, False, False]
