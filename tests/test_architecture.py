"""The house rules that a linter has no word for, each read off the syntax tree of every module.

A check takes a syntax tree and yields what offends, as (line, what). `CAUGHT` and `SPARED` prove that the checks
bite: without them a check that never fires would look the same as a clean house.
"""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path.relative_to(ROOT) for folder in ("pipeline", "schemas") for path in (ROOT / folder).rglob("*.py"))

MODULE_LINES = 250
FUNCTION_LINES = 45
PARAMETERS = 6
RULE_LINES = 6
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "pipeline", "schemas", "fixtures", "tests"),
    *("Makefile", "CHANGELOG.md", "LICENSE", "requirements.lock", ".gitignore", ".ci"),
}

ROW_LOOPS = {"iterrows", "itertuples", "applymap"}
SPANS = {"Timedelta", "timedelta", "to_timedelta", "timedelta64", "DateOffset"}
CLOCKS = {"now", "utcnow", "today"}
TIME_CLOCKS = {"time", "time_ns", "localtime", "gmtime", "ctime", "asctime", "strftime"}
INSTANTS = {"Timestamp", "to_datetime", "datetime64", "DatetimeIndex"}


def calls(tree, names=None):
    """Every call, with the last part of the name it calls: `pd.Timedelta(…)` and `Timedelta(…)` are both Timedelta."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", None))
            if names is None or name in names:
                yield node, name


def functions(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def arguments(call):
    """Every node inside a call's arguments."""
    return (node for given in (*call.args, *(word.value for word in call.keywords)) for node in ast.walk(given))


def constants(call):
    return (node.value for node in arguments(call) if isinstance(node, ast.Constant))


def is_number(value):
    """Zero is no policy; seven is, and so is "7D"."""
    if isinstance(value, str):
        return any(letter.isdigit() for letter in value)
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0


def row_loop(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ROW_LOOPS:
            yield node.lineno, f"{node.attr} loops over rows"
    for call, _ in calls(tree, {"apply"}):
        axis = any(word.arg == "axis" for word in call.keywords) or any(
            isinstance(given, ast.Constant) and given.value in {1, "columns"} for given in call.args[1:2]
        )
        if axis:
            yield call.lineno, "apply(axis=…) loops over rows"


def number_outside_policy(tree):
    for call, name in calls(tree, SPANS):
        if any(map(is_number, constants(call))):
            yield call.lineno, f"{name}(…) with a number in it: numbers live in the policy"


def clock(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            yield node.lineno, f".{node.attr} looks at the clock: as_of is an argument"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            if node.attr in TIME_CLOCKS:
                yield node.lineno, f"time.{node.attr} looks at the clock: as_of is an argument"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            for name in TIME_CLOCKS.intersection(alias.name for alias in node.names):
                yield node.lineno, f"time.{name} looks at the clock: as_of is an argument"
    for call, name in calls(tree, INSTANTS):
        if {"now", "today"}.intersection(value for value in constants(call) if isinstance(value, str)):
            yield call.lineno, f'{name}("now") looks at the clock: as_of is an argument'


def long_function(tree):
    for function in functions(tree):
        lines = function.end_lineno - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield function.lineno, f"{function.name} has {lines} lines, at most {FUNCTION_LINES}"


def many_parameters(tree):
    for function in functions(tree):
        given = function.args
        count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
        if count > PARAMETERS:
            yield function.lineno, f"{function.name} takes {count} parameters, at most {PARAMETERS}"


def wordy_rule(tree):
    for function in functions(tree):
        if not any(name == "rule" for mark in function.decorator_list for _, name in calls(mark)):
            continue
        described = ast.get_docstring(function) is not None
        if not described:
            yield function.lineno, f"rule {function.name} has no docstring"
        body = function.body[1:] if described else function.body
        lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
        if lines > RULE_LINES:
            yield function.lineno, f"rule {function.name} has {lines} lines, at most {RULE_LINES}"


CHECKS = [row_loop, number_outside_policy, clock, long_function, many_parameters, wordy_rule]
EXEMPT = {
    clock: lambda path: path == Path("pipeline/cli.py"),
    number_outside_policy: lambda path: Path("pipeline/policy") in path.parents,
}


@pytest.mark.parametrize("path", MODULES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_house_rule(check, path):
    if check in EXEMPT and EXEMPT[check](path):
        return
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))
    offences = [f"{path}:{line}: {what}" for line, what in check(tree)]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_fits_in_the_head(path):
    lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
    assert lines <= MODULE_LINES, f"{path}: {lines} lines, at most {MODULE_LINES}"


def test_top_level_is_the_users():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    strangers = {path.split("/")[0] for path in listed.stdout.split("\0") if path} - TOP_LEVEL
    assert not strangers


def rule_of(lines):
    return '@rule("SHP-108")\ndef late(rows, policy):\n    """Late."""\n' + "    x = 1\n" * lines


CAUGHT = [
    (row_loop, "for i, row in rows.iterrows(): pass"),
    (row_loop, "list(rows.itertuples(index=False))"),
    (row_loop, "rows.applymap(str)"),
    (row_loop, "rows.apply(f, axis=1)"),
    (row_loop, "rows.apply(f, axis='columns')"),
    (row_loop, "rows.apply(f, 1)"),
    (number_outside_policy, "pd.Timedelta(days=30)"),
    (number_outside_policy, "Timedelta('30D')"),
    (number_outside_policy, "timedelta(hours=-1)"),
    (number_outside_policy, "dt.timedelta(days=2 * weeks)"),
    (number_outside_policy, "pd.to_timedelta(30, unit='D')"),
    (number_outside_policy, "np.timedelta64(7, 'D')"),
    (number_outside_policy, "pd.DateOffset(months=1)"),
    (clock, "datetime.now(UTC)"),
    (clock, "dt.datetime.utcnow()"),
    (clock, "date.today()"),
    (clock, "pd.Timestamp.now('UTC')"),
    (clock, "field(default_factory=datetime.now)"),
    (clock, "time.time()"),
    (clock, "from time import sleep, time_ns"),
    (clock, "pd.Timestamp('now')"),
    (clock, "pd.to_datetime('today')"),
    (long_function, "def f():\n" + "    x = 1\n" * FUNCTION_LINES),
    (many_parameters, "def f(a, b, c, d, e, f, g): pass"),
    (many_parameters, "async def f(a, /, b, c, d, *, e, f, g): pass"),
    (wordy_rule, rule_of(RULE_LINES + 1)),
    (wordy_rule, "@rule('SHP-108')\ndef late(rows, policy):\n    return rows['a']"),
    (wordy_rule, "@rules.rule('SHP-108')\ndef late(rows, policy):\n    return rows['a']"),
]

SPARED = [
    (row_loop, "rows['a'].apply(str)"),
    (row_loop, "rows.groupby('a').sum(axis=1)"),
    (row_loop, "{name: size for name, size in counts.items()}"),
    (number_outside_policy, "pd.Timedelta(0)"),
    (number_outside_policy, "pd.Timedelta(days=policy.grace)"),
    (number_outside_policy, "pd.to_timedelta(rows['days'], unit='D')"),
    (clock, "time.perf_counter()"),
    (clock, "as_of.time()"),
    (clock, "rows['at'].dt.strftime('%Y-%m-%d')"),
    (clock, "pd.Timestamp('2026-03-10')"),
    (long_function, "def f():\n" + "    x = 1\n" * (FUNCTION_LINES - 1)),
    (many_parameters, "def f(a, b, c, d, e, f, *rest, **more): pass"),
    (wordy_rule, rule_of(RULE_LINES)),
    (wordy_rule, "@fixture\ndef f(rows):\n    return rows"),
]


def snippet_id(value):
    return value.__name__ if callable(value) else value.splitlines()[0][:60]


@pytest.mark.parametrize(("check", "source"), CAUGHT, ids=snippet_id)
def test_check_catches(check, source):
    assert list(check(ast.parse(source)))


@pytest.mark.parametrize(("check", "source"), SPARED, ids=snippet_id)
def test_check_spares(check, source):
    assert not list(check(ast.parse(source)))
