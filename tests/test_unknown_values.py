"""The number that stands for an unknown instant is compared in its home alone, read off every syntax tree.

An unknown instant is the least whole number there is, so that a raw `<` holds where nothing is known. `MaskedInts`
compares by its mask; these checks keep other modules from comparing without one. `CAUGHT` and `SPARED` prove that
they bite.
"""

import ast
import operator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.utils import arrow
from pipeline.utils.dtypes import NEVER
from pipeline.utils.masked_ints import MaskedInts

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "pipeline").rglob("*.py"))
HOMES = {
    Path("pipeline/utils/dtypes.py"),
    Path("pipeline/utils/masked_ints.py"),
    Path("pipeline/claims/timepoints.py"),  # whose pair of instant and day has comparisons of its own
}
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
SENTINELS = {"NEVER"}


def name_of(node):
    return getattr(node, "attr", getattr(node, "id", None))


def compared_sentinel(tree):
    """Every comparison, also by NumPy or Arrow, in which the number itself stands."""
    for node in ast.walk(tree):
        operands = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        if isinstance(node, ast.Call) and name_of(node.func) in {"equal", "not_equal", "less", "greater"}:
            operands = node.args
        if any(name_of(operand) in SENTINELS for operand in operands):
            yield node.lineno, "compares the number that stands for unknown: ask is_known, or use MaskedInts"


def is_raw(node, names=frozenset()):
    """Whether an expression is a column read as raw numbers, unknown ones as the number that stands for them."""
    match node:
        case ast.Name(name):
            return name in names
        case ast.Call(args=[_], keywords=[]) if name_of(node.func) == "to_int64":
            return True
        case ast.Call(func=ast.Attribute(part, "copy" | "max" | "min")) | ast.Subscript(value=part):
            parts = [part]
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            parts = [left, right]
        case ast.GeneratorExp(elt=part) | ast.ListComp(elt=part):
            parts = [part]
        case _:
            parts = []
    return any(is_raw(part, names) for part in parts)


def bound(target, value, names):
    """The names that a binding makes raw, each of a tuple by its own value."""
    if isinstance(target, ast.Tuple):
        values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
        return {name for pair in zip(target.elts, values, strict=False) for name in bound(*pair, names)}
    return {target.id} if isinstance(target, ast.Name) and is_raw(value, names) else set()


def compared_unfilled(tree):
    """Every `<` or `>` of a column read without saying what stands for unknown, directly or by a local name."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        raw = set()
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                raw |= {name for target in node.targets for name in bound(target, node.value, raw)}
        for node in ast.walk(function):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ORDERED):
                operands = [node.left, *node.comparators]
                if any(is_raw(operand, raw) for operand in operands):
                    yield node.lineno, "orders raw numbers of which some may be unknown: use MaskedInts"


CHECKS = [compared_sentinel, compared_unfilled]


@pytest.mark.parametrize("path", MODULES, ids=str)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_unknown_is_never_compared(check, path):
    if path in HOMES:
        return
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))
    offences = [f"{path}:{line}: {what}" for line, what in check(tree)]
    assert not offences, "\n".join(offences)


CAUGHT = {
    compared_sentinel: ["dtypes.NEVER == a", "a[b != NEVER]", "pc.not_equal(a, NEVER)"],
    compared_unfilled: [
        "def f(rows):\n    return to_int64(rows['a']) < 3",
        "def f(rows):\n    a = arrow.to_int64(rows['a'])\n    return 3 >= a[b]",
        "def f(rows):\n    a, b = (arrow.to_int64(rows[name]) for name in 'ab')\n    return a > b",
        "def f(rows):\n    a, b = to_int64(rows['a'], 0), to_int64(rows['b']).copy()\n    return a < b - 1",
    ],
}
SPARED = {
    compared_sentinel: ["np.full(3, NEVER)", "dtypes.is_known(a)", "a == LATEST"],
    compared_unfilled: [
        "def f(rows):\n    return to_int64(rows['a'], 0) < 3",
        "def f(rows):\n    return MaskedInts.from_column(rows['a']) < 3",
        "def f(rows):\n    a, b = to_int64(rows['a']), to_int64(rows['b'], 0)\n    return b < 3",
        "def f(rows):\n    return to_int64(rows['a']) == to_int64(rows['b'])",
    ],
}


@pytest.mark.parametrize(("check", "text"), [(check, text) for check in CHECKS for text in CAUGHT[check]])
def test_the_checks_bite(check, text):
    assert list(check(ast.parse(text)))


@pytest.mark.parametrize(("check", "text"), [(check, text) for check in CHECKS for text in SPARED[check]])
def test_and_spare_what_is_masked(check, text):
    assert not list(check(ast.parse(text)))


OPERATORS = [operator.lt, operator.le, operator.gt, operator.ge]


def column(*values):
    return arrow.to_series(pa.array(values, pa.int64()))


@pytest.mark.parametrize("compare", [*OPERATORS, MaskedInts.differs_from])
@pytest.mark.parametrize("other", [-(2**62), 4, 5, 6, 2**62])
def test_nothing_is_said_of_an_unknown_number(compare, other):
    """Between two known numbers the comparison is Python's; with an unknown one on either side it never holds."""
    plain = operator.ne if compare is MaskedInts.differs_from else compare
    left, right = (
        MaskedInts.from_column(column(5, None, 5, None)),
        MaskedInts.from_column(column(other, other, None, None)),
    )
    assert compare(left, right).tolist() == [plain(5, other), False, False, False]
    assert compare(left, other).tolist() == [plain(5, other), False, plain(5, other), False]
    assert compare(MaskedInts(np.array([5])), other).tolist() == [plain(5, other)]


def test_a_sum_with_an_unknown_number_is_unknown():
    left, right = MaskedInts.from_column(column(5, None, 5, None)), MaskedInts.from_column(column(3, 3, None, None))
    assert (left + right).to_sentinel().tolist() == [8, NEVER, NEVER, NEVER]
    assert (left - right).to_sentinel().tolist() == [2, NEVER, NEVER, NEVER]
    assert (left - 1).fill(-1).tolist() == [4, -1, 4, -1]


def test_what_is_unknown_stays_so_wherever_it_is_taken():
    numbers = MaskedInts.from_sentinel(np.array([1, NEVER, 3]))
    assert numbers.is_known.tolist() == [True, False, True]
    assert numbers.take(np.array([1, 2, 1])).to_sentinel().tolist() == [NEVER, 3, NEVER]
    assert numbers.where(np.array([True, True, False])).to_sentinel().tolist() == [1, NEVER, NEVER]
    assert numbers.to_timestamps().is_valid().to_pylist() == [True, False, True]
    with pytest.raises(TypeError):
        numbers == 1  # noqa: B015
