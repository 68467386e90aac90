"""The house rules that a linter has no word for, each read off the syntax tree of every module.

A check takes a syntax tree and yields what offends, as (line, what). `CAUGHT` and `SPARED` prove that the checks
bite: without them a check that never fires would look the same as a clean house.
"""

import ast
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path.relative_to(ROOT) for folder in ("pipeline", "schemas") for path in (ROOT / folder).rglob("*.py"))
PIPELINE_ROOT = {"__init__.py", "cli.py", "flow.py", "python_api.py"}
STAGES = {
    *("ingest", "validate", "reconcile", "lifecycle", "claims", "publish"),
    *("ledger", "engine", "quality", "simulate", "notify"),
}

MODULE_LINES = 200
FUNCTION_LINES = 30
PARAMETERS = 5
RULE_LINES = 6
POSITIONS = 6  # of a record's fields that are given without their names

# What is over a limit, with the reason. An exception has limits of its own, and one that is not needed fails.
EXCEPTION_MODULE_LINES, EXCEPTION_FUNCTION_LINES, EXCEPTION_PARAMETERS = 280, 45, 6
RULES = "a family of rules, each a declaration of ten to fifteen lines: two halves would part what is read together"
ONE_TABLE = "a table in code, a line an entry: what would be cut out of it is a part of the table"
ONE_RECORD = "fills one record, a field a line: cut up, the halves would hand half-made records to each other"
STEPS = "a list of steps in their order, of which each next needs several results of those before"
FACTS = "a step of arrays over the same rows: cut up, each part would take most of the arrays as parameters"
LONG_MODULES = {
    "pipeline/ledger/tables.py": ONE_TABLE,
    "pipeline/ledger/snapshot.py": "one class, all that is read of a ledger, each method a query",
    "pipeline/lifecycle/carry_forward.py": "half of it are the lists of columns that say from which side a field comes",
    "pipeline/rules/claims.py": RULES,
    "pipeline/rules/lifecycle.py": RULES,
    "pipeline/rules/shipment_items.py": RULES,
    "schemas/show.py": "one page of documentation for each of two readers, of the same columns",
}
LONG_FUNCTIONS = {
    ("pipeline/app/options.py", "nightly_options"): ONE_TABLE,
    ("pipeline/app/run_job.py", "execute_job"): "what is opened stays open until all is placed: one block of with",
    ("pipeline/quality/drift.py", "_compare_column"): "each kind of change in turn, of one column and its earlier self",
    ("pipeline/claims/claim_actions.py", "_choose_lines"): ONE_TABLE,
    ("pipeline/claims/claim_rows.py", "build_claim_rows"): ONE_RECORD,
    ("pipeline/claims/contact_rows.py", "stack_rows"): ONE_RECORD,
    ("pipeline/claims/contacts.py", "build_timeline"): FACTS,
    ("pipeline/claims/evaluate.py", "build_claim_context"): ONE_RECORD,
    ("pipeline/claims/grounds.py", "find_grounds"): FACTS,
    ("pipeline/claims/refunds.py", "_collect_reported"): FACTS,
    ("pipeline/claims/refunds.py", "compute_refunds"): FACTS,
    ("pipeline/claims/result_rows.py", "_add_messages"): ONE_TABLE,
    ("pipeline/claims/status.py", "find_contradictions"): ONE_TABLE,
    ("pipeline/engine/exchange.py", "store_group"): ONE_RECORD,
    ("pipeline/flow.py", "merge_bucket_results"): ONE_RECORD,
    ("pipeline/flow.py", "run"): STEPS,
    ("pipeline/ingest/normalize_lines.py", "normalize_line_widths"): FACTS,
    ("pipeline/ingest/plan.py", "_plan_readable"): ONE_RECORD,
    ("pipeline/ledger/history.py", "split_items"): STEPS,
    ("pipeline/lifecycle/carry_forward.py", "carry_items_forward"): ONE_TABLE,
    ("pipeline/lifecycle/changes.py", "mark_changes"): ONE_TABLE,
    ("pipeline/lifecycle/delivery_estimate.py", "add_delivery_estimate"): FACTS,
    ("pipeline/lifecycle/metrics.py", "compute_rates"): "three rates over the same masks",
    ("pipeline/lifecycle/state.py", "assign_state"): FACTS,
    (
        "pipeline/passes/bucket_task.py",
        "__call__",
    ): "frees each table as soon as it is stored: what a helper held would stay",
    ("pipeline/passes/split_pass.py", "process_group"): STEPS,
    ("pipeline/publish/reports/audit.py", "_markdown_lines"): "one document from its title to its last line",
    (
        "pipeline/publish/reports/finding_counts.py",
        "count_findings",
    ): "one loop that counts three things in one reading",
    ("pipeline/reconcile/cancellation_rows.py", "find_opposing_rows"): FACTS,
    ("pipeline/reconcile/match.py", "match_items"): FACTS,
    ("pipeline/simulate/claims.py", "claim_cells"): ONE_TABLE,
    ("pipeline/simulate/customer_service.py", "return_cells"): ONE_TABLE,
    ("pipeline/simulate/customer_service.py", "simulate_follow_ups"): STEPS,
    ("pipeline/simulate/items.py", "simulate_items"): STEPS,
    ("pipeline/simulate/order_events.py", "simulate_orders"): STEPS,
    ("pipeline/simulate/report_cells.py", "all_orders_cells"): ONE_TABLE,
    ("pipeline/simulate/upload_error_options.py", "confirmation_options"): ONE_TABLE,
    ("pipeline/simulate/upload_warnings.py", "warning_options"): ONE_TABLE,
}
MANY_PARAMETERS = {
    ("pipeline/claims/messages.py", "__init__"): "the six things that are known of the claims that it puts into words",
    ("pipeline/flow.py", "merge_bucket_results"): "what each part of the run has found out, side by side",
    ("pipeline/flow.py", "run"): "what a run is asked for and with, two of them with a default",
    (
        "pipeline/ledger/history.py",
        "split_items",
    ): "which items are wanted, by orders and by time, and what is done with others",
    ("pipeline/ledger/snapshot.py", "_read_table"): "the filters of a query, each with a default",
    ("pipeline/publish/page/render.py", "write_page"): "what a page shows, and whether it is an audit's",
    ("pipeline/simulate/write_reports.py", "_write_report"): "what a report is written of and where to",
}
# Names that several modules give to what is not the same.
HOMONYMS = {
    "CHUNK_ROWS": "rows of a file of the ledger, and rows of a table in memory",
    "CONTACTS": "a table of the ledger, and the columns of a stage's rows",
    "DEFECTS": "a table of the ledger, and the columns of a stage's rows",
    "ORDER_ITEMS": "a table of the ledger, and the columns of a stage's rows",
    "PARCELS": "the name of a table between the passes, and the columns of its rows",
    "RETURNS": "a table of the ledger, and the columns of a stage's rows",
    "FEED_COLUMNS": "the columns of each of two feeds",
    "ITEM_COLUMNS": "what a line of the worklist, and what the claims, need of an order item",
    "KIND": "each module of schemas describes the kind of file that it is called after",
    "MONEY": "how an amount is stored, and how a cell spells one",
    "TYPE_CHECKING": "as typing has it, in the two modules that the program loads before it listens to interrupts",
    "TEXT": "how a text is stored, and how a cell spells one",
    "SCHEMA": "the columns of each of two tables",
    "_CLAIM_COLUMNS": "what each of two reports shows of a claim",
    "_DECIDED": "the statuses of a decided claim, and the columns of a decided upload",
    "_DICTIONARY_COLUMNS": "of each of two reports the columns whose values repeat",
    "_EVENT_DATES": "the dates of a file by which its days are counted, and the dates of a claim",
    "_ID_COLUMNS": "by what claims, and by what order items are known",
    "_NEW": "what null means where no earlier run knew a claim, and where none knew an item",
    "_NO_ITEM": "what null means where a claim, and where a row of an upload, has no item",
    "_MAX_FILES": "files a task writes, and files a summary lists",
    "_RULE_MODULES": "the families of rules that each of two stages asks",
    "_SOURCE_COLUMNS": "where a stock keeping unit was met, and what the report of orders is made of",
}
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


def path_of(tree):
    """The path of a module that `parse` has read; empty for a snippet."""
    return getattr(tree, "path", "")


def length(function):
    return function.end_lineno - function.lineno + 1


def parameter_count(function):
    given = function.args
    return len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)


def long_function(tree):
    for function in functions(tree):
        most = EXCEPTION_FUNCTION_LINES if (path_of(tree), function.name) in LONG_FUNCTIONS else FUNCTION_LINES
        if length(function) > most:
            yield function.lineno, f"{function.name} has {length(function)} lines, at most {most}"


def many_parameters(tree):
    for function in functions(tree):
        most = EXCEPTION_PARAMETERS if (path_of(tree), function.name) in MANY_PARAMETERS else PARAMETERS
        if parameter_count(function) > most:
            yield function.lineno, f"{function.name} takes {parameter_count(function)} parameters, at most {most}"


def names(nodes):
    """The last parts of the names that the nodes are, or call: `@dataclass(frozen=True)` is dataclass."""
    called = (getattr(node, "func", node) for node in nodes)
    return {getattr(node, "attr", getattr(node, "id", None)) for node in called}


def classes(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def named_tuples(tree):
    return {node.name for node in classes(tree) if "NamedTuple" in names(node.bases)}


def records(tree):
    return named_tuples(tree) | {node.name for node in classes(tree) if "dataclass" in names(node.decorator_list)}


def annotated_names(function):
    """Which parameters and variables of a function are declared to be of which class, and what is made of a class."""
    given = function.args
    for parameter in (*given.posonlyargs, *given.args, *given.kwonlyargs):
        yield parameter.arg, names([parameter.annotation] if parameter.annotation else [])
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, names([node.annotation])
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield from ((target.id, names([node.value])) for target in node.targets if isinstance(target, ast.Name))


def by_position(function, holders):
    """Where a function looks into one of the names by a position or a slice."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in holders:
            index = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
            if isinstance(index, ast.Slice) or (isinstance(index, ast.Constant) and isinstance(index.value, int)):
                yield node.lineno, f"{ast.unparse(node)}: a field of a record has a name"


def sliced_record(tree):
    """What looks into a NamedTuple by position: `self` in its methods, a name that is declared to be one, its maker."""
    known = KNOWN_NAMED_TUPLES | named_tuples(tree)
    for node in classes(tree):
        if node.name in known:
            for method in functions(node):
                yield from by_position(method, {"self"})
    for function in functions(tree):
        yield from by_position(function, {name for name, kinds in annotated_names(function) if kinds & known})
    for call, _ in calls(tree, KNOWN_RECORDS | records(tree)):
        for given in call.args:
            if isinstance(given, ast.Starred) and isinstance(getattr(given.value, "slice", None), ast.Slice):
                yield call.lineno, f"{ast.unparse(given)}: what is handed on by its positions changes its meaning"


def unnamed_fields(tree):
    for call, name in calls(tree, KNOWN_RECORDS | records(tree)):
        if len(call.args) > POSITIONS:
            yield call.lineno, f"{name}(…) is given {len(call.args)} fields by position, at most {POSITIONS}"


def imported(tree):
    """Every name that a module imports from the pipeline, spelt out: pipeline.engine.spill.SpillStore."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_module(dotted):
    path = ROOT.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def side_entrance(tree):
    """What enters a stage otherwise than through its __init__: that hands on what others may use."""
    own = path_of(tree).split("/")[1:2]
    for line, name in imported(tree):
        parts = name.split(".")
        within = len(parts) > 3 or (len(parts) == 3 and is_module(name))
        if parts[0] == "pipeline" and within and parts[1] in STAGES and parts[1:2] != own:
            yield line, f"{name}: a stage is entered through pipeline.{parts[1]} only"


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


def parse(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))
    tree.path = path.as_posix()
    return tree


TREES = {path: parse(path) for path in MODULES}
KNOWN_NAMED_TUPLES = {name for tree in TREES.values() for name in named_tuples(tree)}
KNOWN_RECORDS = {name for tree in TREES.values() for name in records(tree)}

CHECKS = [
    *(row_loop, number_outside_policy, clock, long_function, many_parameters, wordy_rule),
    *(sliced_record, unnamed_fields, side_entrance),
]
EXEMPT = {
    clock: lambda path: path == Path("pipeline/cli.py"),
    number_outside_policy: lambda path: Path("pipeline/policy") in path.parents,
}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_keeps_the_house_rules(path):
    checks = [check for check in CHECKS if check not in EXEMPT or not EXEMPT[check](path)]
    offences = [f"{path}:{line}: {what} ({check.__name__})" for check in checks for line, what in check(TREES[path])]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_fits_in_the_head(path):
    lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
    most = EXCEPTION_MODULE_LINES if path.as_posix() in LONG_MODULES else MODULE_LINES
    assert lines <= most, f"{path}: {lines} lines, at most {most}"


def test_no_exception_is_kept_that_is_not_needed():
    long = {path for path in LONG_MODULES if len((ROOT / path).read_text("utf-8").splitlines()) > MODULE_LINES}
    known = [(path.as_posix(), function) for path, tree in TREES.items() for function in functions(tree)]
    long_here = {(path, function.name) for path, function in known if length(function) > FUNCTION_LINES}
    many_here = {(path, function.name) for path, function in known if parameter_count(function) > PARAMETERS}
    assert not LONG_MODULES.keys() - long
    assert not LONG_FUNCTIONS.keys() - long_here
    assert not MANY_PARAMETERS.keys() - many_here
    assert not HOMONYMS.keys() - twins(constant_names(TREES)).keys()


def twins(names_by_path):
    """The names that several modules define, with these modules."""
    homes = defaultdict(set)
    for path, defined in names_by_path:
        for name in defined:
            homes[name].add(str(path))
    return {name: sorted(paths) for name, paths in homes.items() if len(paths) > 1}


def class_names(trees):
    return [(path, [node.name for node in classes(tree)]) for path, tree in trees.items()]


def constant_names(trees):
    """The constants of each module, in capitals; a single letter is a type variable.

    The subjects of rules are called after the columns that stages declare of them (tests/rules/test_subjects.py).
    """
    for path, tree in trees.items():
        if str(path) == "pipeline/rules/subjects.py":
            continue
        targets = [
            target
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        ]
        defined = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        yield path, [name for name in defined if name.isupper() and len(name) > 1]


def test_no_two_classes_share_a_name():
    assert not twins(class_names(TREES))


def test_no_constant_is_defined_twice():
    found = twins(constant_names(TREES))
    assert not {name: paths for name, paths in found.items() if name not in HOMONYMS}


def test_twins_are_found():
    one, other = ast.parse("LIMIT = 1\nT = 2\nclass Rows: pass"), ast.parse("LIMIT: int = 2\nT = 2\nclass Rows: pass")
    third = ast.parse("def f():\n    LIMIT = 3\nclass Row: pass")
    trees = {"a.py": one, "b.py": other, "c.py": third}
    assert twins(constant_names(trees)) == {"LIMIT": ["a.py", "b.py"]}
    assert twins(class_names(trees)) == {"Rows": ["a.py", "b.py"]}


def test_the_root_of_the_pipeline_is_its_table_of_contents():
    assert {path.name for path in (ROOT / "pipeline").glob("*.py")} <= {*PIPELINE_ROOT, "__main__.py"}


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
    (many_parameters, "def f(a, b, c, d, e, f): pass"),
    (many_parameters, "async def f(a, /, b, c, d, *, e, f): pass"),
    (sliced_record, "class A(NamedTuple):\n    a: int\n    def f(self): return self[1:3]"),
    (sliced_record, "class A(NamedTuple):\n    a: int\n    def f(self): return self[-1]"),
    (sliced_record, "class A(typing.NamedTuple):\n    a: int\ndef f(given: A): return given[3:]"),
    (sliced_record, "class A(NamedTuple):\n    a: int\ndef f():\n    made = A(1)\n    return made[0]"),
    (sliced_record, "def f(split: GroupResult): return split[0]"),
    (sliced_record, "StoredGroup(1, *group_result[3:])"),
    (unnamed_fields, "class A(NamedTuple):\n    a: int\nA(1, 2, 3, 4, 5, 6, 7)"),
    (unnamed_fields, "@dataclass(frozen=True)\nclass A:\n    a: int\nA(1, 2, 3, 4, 5, 6, 7)"),
    (unnamed_fields, "bucket_result.BucketResult(1, 2, 3, 4, 5, 6, 7)"),
    (side_entrance, "from pipeline.engine import exchange"),
    (side_entrance, "from pipeline.engine.spill import SpillStore"),
    (side_entrance, "import pipeline.ledger.history"),
    (side_entrance, "def f():\n    from pipeline.publish.reports.metrics import format_metrics"),
    (side_entrance, "if TYPE_CHECKING:\n    from pipeline.claims.stage import ClaimsResult"),
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
    (many_parameters, "def f(a, b, c, d, e, *rest, **more): pass"),
    (sliced_record, "class A:\n    def f(self): return self[1:3]"),
    (sliced_record, "class A(NamedTuple):\n    a: int\n    def f(self): return self.a[1:3]"),
    (sliced_record, "def f(names: list[str]): return names[1:]"),
    (sliced_record, "def f(split: GroupResult): return split.rows[0]"),
    (sliced_record, "print(*names[1:])"),
    (unnamed_fields, "class A(NamedTuple):\n    a: int\nA(1, 2, 3, 4, 5, 6)"),
    (unnamed_fields, "class A(NamedTuple):\n    a: int\nA(a=1, b=2, c=3, d=4, e=5, f=6, g=7)"),
    (unnamed_fields, "max(1, 2, 3, 4, 5, 6, 7)"),
    (side_entrance, "from pipeline.engine import SpillStore, read_bucket"),
    (side_entrance, "from pipeline import claims, engine"),
    (side_entrance, "from pipeline.rules.claims import late"),
    (side_entrance, "from pipeline.model import findings"),
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
