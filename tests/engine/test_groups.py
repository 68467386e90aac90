"""Files that are read together come out as each by itself would."""

import gzip
import random
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import accounts  # noqa: F401  loaded before anything of it is replaced
from pipeline.model import split_groups
from pipeline.passes import split_pass
from tests.conftest import first_quick
from tests.house import CONFIRMATION, report, upload
from tests.tables import FIXTURES

AS_OF = "2026-03-10T06:00Z"
KEPT = sorted(path for path in FIXTURES.glob("runs/*/input/*") if path.is_file() and path.stat().st_size < 1 << 16)
COMMANDS = first_quick(["audit", "run"])
HEADING = b"\t".join(name.encode() for name in CONFIRMATION)


def add_column(data, name):
    """A column behind all others."""
    head, _, rows = data.partition(b"\n")
    return head + b"\t" + name + b"\n" + rows.replace(b"\n", b"\tv\n")


# What may befall a file, by what makes of its bytes others.
DAMAGES = [
    lambda data, _: data,
    lambda _, __: b"",
    lambda data, _: data.replace(b"\n", b"\r\n"),
    lambda data, _: data.rstrip(b"\n"),
    lambda data, _: data.rstrip(b"\n") + b"\r",
    lambda data, _: data + b" \r",
    lambda data, _: data + b"\n \t\n\r\n",
    lambda data, _: data + b"x\ty\n",
    lambda data, _: data + b"a" + b"\tz" * 60 + b"\n",
    lambda data, _: data.replace(b"2", b"\x01", 1),
    lambda data, _: data.replace(b"\n111", b"\n\xe9\xff111", 1),
    lambda data, _: data.replace(b"2026-03-01", b"2026-13-01", 1),
    lambda data, _: data.replace(b"\n", b"\t\n"),
    lambda data, _: data.partition(b"\n")[0],
    lambda data, _: data.decode().encode("utf-16"),
    lambda data, _: gzip.compress(data, mtime=0),
    lambda data, _: gzip.compress(data, mtime=0)[:-9],
    lambda _, __: b"foo\tbar\n1\t2\n\n3\t4\n",
    lambda data, draw: add_column(data, b"odd-%d" % draw.randrange(2)),
    lambda _, __: HEADING + b"\n\x02\n\nonly this\n",
    lambda _, draw: draw.choice(KEPT).read_bytes(),
]


def make_inbox(folder, count, seed):
    """Reports and uploads of which many are damaged, each in its way, and kinds by turns."""
    draw = random.Random(seed)
    folder.mkdir()
    for number in range(count):
        path = folder / f"{draw.choice('abc')}{number:05d}.txt"
        orders = range(number * 3, number * 3 + draw.randrange(1, 4))
        if draw.randrange(3):
            report(path, *orders)
        else:
            upload(path, *((order, str(draw.randrange(1, 4)), f"T{order % 50}") for order in orders))
        path.write_bytes(draw.choice(DAMAGES)(path.read_bytes(), draw))


def outputs(inbox, out, command, *words):
    """The exit status, what is told, and every byte of the outputs; the same out each time, as its name is told."""
    words = [command, str(inbox), *(["--no-ledger"] if command == "run" else []), *words]
    ran = CliRunner().invoke(cli.main, [*words, "--as-of", AS_OF, "--out", str(out)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    made = {path.relative_to(out): path.read_bytes() for path in sorted(Path(out).rglob("*")) if path.is_file()}
    assert made
    return ran.exit_code, ran.stdout, made


def read_alone(monkeypatch):
    monkeypatch.setattr(split_groups, "GROUP_BYTES", 1)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("seed", "files"), [(1, 20), *(pytest.param(seed, 60, marks=pytest.mark.slow) for seed in range(1, 7))]
)
def test_files_read_together_are_as_each_by_itself(tmp_path, monkeypatch, command, seed, files):
    make_inbox(tmp_path / "in", files, seed)
    together = outputs(tmp_path / "in", tmp_path / "out", command)
    read_alone(monkeypatch)
    assert outputs(tmp_path / "in", tmp_path / "out", command) == together


@pytest.mark.parametrize("command", COMMANDS)
def test_one_that_cannot_be_read_leaves_the_others_as_they_are(tmp_path, monkeypatch, command):
    """Two of twenty files raise when they are read."""
    (tmp_path / "in").mkdir()
    for number in range(20):
        report(tmp_path / f"in/{number:02d}.txt", number)
    reading, calls = split_pass.read_group, []

    def read_group(group, *rest):
        calls.append(len(group.plans))
        if {"03.txt", "11.txt"} & {plan.source.name for plan in group.plans}:
            raise PermissionError(13, "closed")
        return reading(group, *rest)

    monkeypatch.setattr(split_pass, "read_group", read_group)
    together = outputs(tmp_path / "in", tmp_path / "out", command)
    assert calls[0] == 20
    assert len(calls) < 2 * 2 * 5 + 1  # halved, until each of both is alone
    findings = [line.split("\t") for line in together[2][Path("reports/findings.tsv")].decode().splitlines()]
    assert [row[0] for row in findings if row[6] == "FIL-001"] == ["03.txt", "11.txt"]
    read_alone(monkeypatch)
    assert outputs(tmp_path / "in", tmp_path / "out", command) == together


@pytest.mark.parametrize("command", COMMANDS)
def test_files_that_are_read_alike_are_checked_once(tmp_path, monkeypatch, command):
    """Whatever their number, and whatever lies between them."""
    checking, checked = split_pass.check_schema, []

    def check_schema(rows, *rest):
        checked.append(len(rows))
        return checking(rows, *rest)

    monkeypatch.setattr(split_pass, "check_schema", check_schema)
    (tmp_path / "in").mkdir()
    for number in range(150):
        report(tmp_path / f"in/{number:03d}-orders.txt", number)
        upload(tmp_path / f"in/{number:03d}-shipped.txt", (number, "2", f"T{number}"))
    outputs(tmp_path / "in", tmp_path / "out", command)
    assert checked == [150, 150]


def test_groups_are_bounded_in_bytes_and_lines(tmp_path, monkeypatch):
    groups = []
    task = split_pass.GroupTask.__call__
    monkeypatch.setattr(split_pass.GroupTask, "__call__", lambda self, group: groups.append(group) or task(self, group))
    monkeypatch.setattr(split_groups, "GROUP_BYTES", 2000)
    (tmp_path / "in").mkdir()
    for number in range(40):
        report(tmp_path / f"in/{number:02d}.txt", *range(number, number + 1 + number % 3))
    report(tmp_path / "in/large.txt", *range(100, 200))
    outputs(tmp_path / "in", tmp_path / "out", "run")
    names = [plan.source.name for group in groups for plan in group.plans]
    assert sorted(names) == sorted(path.name for path in (tmp_path / "in").iterdir())
    assert ["large.txt"] in [[plan.source.name for plan in group.plans] for group in groups]
    small = [group for group in groups if group.plan.source.name != "large.txt"]
    assert max(sum(plan.size for plan in group.plans) for group in small) <= 2 * 2000
    assert len(small) < 40
