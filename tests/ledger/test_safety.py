"""Nothing is lost: runs that were killed, runs at one time, disks that are full, ledgers of another layout."""

import resource
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner
from deltalake import DeltaTable

from pipeline import cli
from pipeline.app import console
from pipeline.ledger import commit, lock, migration
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CONFIRMATIONS, ORDER_ITEMS
from tests.house import NIGHTS, House, alike, order, report, upload

# Kills itself at the n-th place where it touches the disk, just before it does; 0 counts the places.
KILLER = """
import functools, os, pathlib, shutil, signal, sys, threading
from pipeline import cli
from deltalake.table import TableAlterer
from pipeline.ledger import commit, migration
from pipeline.publish.files import atomic_replace, output_folder
wanted = int(sys.argv.pop(1))
met, turn = [0], threading.Lock()
def deadly(work):
    @functools.wraps(work)
    def maybe(*args, **words):
        with turn:
            met[0] += 1
            mine = met[0] == wanted
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*args, **words)
    return maybe
for home, names in (
    (commit, ["write_deltalake"]),
    (migration, ["write_deltalake"]),
    (TableAlterer, ["add_columns", "set_table_description"]),
    (commit.DeltaTable, ["create", "restore", "create_write_transaction"]),
    (output_folder.OutputFile, ["write", "sync_to_disk"]),
    (pathlib.Path, ["mkdir", "rename"]),
    (atomic_replace, ["_sync_tree", "_sync_folder"]),
    (shutil, ["rmtree"]),
    (os, ["link"]),
):
    for name in names:
        setattr(home, name, deadly(getattr(home, name)))
try:
    cli.main()
finally:
    print("places", met[0], file=sys.stderr)
"""
SHARES = 4  # of the places, one a test: what several processes can do at one time


def run(words, at=0, **more):
    return subprocess.run(
        [sys.executable, "-c", KILLER, str(at), *map(str, words)], check=False, capture_output=True, **more
    )


@pytest.mark.slow
@pytest.mark.parametrize("share", range(SHARES))
def test_a_run_killed_at_any_place_is_finished_or_forgotten(tmp_path, share):
    files = [report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "1", "T1"))]
    later = [report(tmp_path / "later.txt", 2), upload(tmp_path / "b.txt", (1, "1", "T1"), (2, "2", "T2"))]

    def words(home):
        return ["run", *later, "--as-of", NIGHTS[1], "--out", home.folder / "out2", "--ledger", home.folder / "ledger"]

    well = House(tmp_path / "well")
    well.folder.mkdir()
    well.run(*files)
    counted = run(words(well))
    assert counted.returncode == 0, counted.stderr
    places = int(counted.stderr.split()[-1])
    assert places > 40
    for at in range(1 + share, places + 1, SHARES):
        harmed = House(tmp_path / f"harmed-{at}")
        harmed.folder.mkdir()
        harmed.run(*files)
        dead = run(words(harmed), at)
        assert dead.returncode == -signal.SIGKILL, (at, dead.stderr)
        harmed.run(*later)
        assert alike(well.folder / "out2", harmed.folder / "out2"), at
        assert not [path.name for path in harmed.folder.iterdir() if path.name.startswith(".out")], at
        one, two = (LedgerSnapshot(str(home.folder / "ledger")) for home in (well, harmed))
        assert one.last == two.last == 2, at
        for read in (LedgerSnapshot.read_items, LedgerSnapshot.read_confirmations):
            assert sorted(map(repr, read(one).to_dict("records"))) == sorted(map(repr, read(two).to_dict("records")))


def test_of_two_commits_from_one_version_the_second_fails_and_loses_nothing(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1))
    url = str(tmp_path / "ledger")
    one, two = LedgerSnapshot(url), LedgerSnapshot(url)
    facts = one.last_run_row() | {"run_id": "x", "inputs_hash": "x"}
    rows = {ORDER_ITEMS.name: DeltaTable(f"{url}/order_items").to_pyarrow_table()}
    del facts["seq"], facts["versions"]
    commit.commit_run(one, facts, rows)
    with pytest.raises(lock.LedgerInUse, match="another run has committed"):
        commit.commit_run(two, facts, rows)
    held, forgotten = commit.prepare_ledger(url)
    assert (held.last, forgotten) == (2, "")
    assert held.count_rows(ORDER_ITEMS) == 2


def test_a_commit_that_another_overtakes_half_way_is_forgotten(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1))
    url = str(tmp_path / "ledger")
    one, two = LedgerSnapshot(url), LedgerSnapshot(url)
    facts = one.last_run_row() | {"run_id": "x", "inputs_hash": "x"}
    rows = DeltaTable(f"{url}/order_items").to_pyarrow_table()
    del facts["seq"], facts["versions"]
    commit._append_rows(two, ORDER_ITEMS, [rows], 2, migration.NO_RETRY)  # and goes no further
    assert LedgerSnapshot(url).count_rows(ORDER_ITEMS) == 1
    held, forgotten = commit.prepare_ledger(url)
    assert forgotten == "an interrupted run was rolled back: 1 row of order_items; run its files again to process them"
    assert commit.commit_run(held, facts, {ORDER_ITEMS.name: rows}) == 2
    assert LedgerSnapshot(url).count_rows(ORDER_ITEMS) == 2


def test_a_run_waits_for_the_ledger_and_then_says_so(house, tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "_WAIT_SECONDS", 0.1)
    given = report(tmp_path / "unshipped.txt", 1)
    words = ["run", given, "--as-of", NIGHTS[0], "--out", tmp_path / "out", "--ledger", tmp_path / "ledger"]
    with lock.lock_ledger(str(tmp_path / "ledger")):
        result = CliRunner().invoke(cli.main, [*map(str, words)])
    assert result.exit_code == console.COULD_NOT_FINISH
    assert "another run is using the ledger" in result.output
    assert not (tmp_path / "out").exists()
    house.run(given)


def test_the_lock_of_a_killed_process_is_free(tmp_path, monkeypatch):
    held = "with lock.lock_ledger(sys.argv[1]):\n    print('held', flush=True); time.sleep(60)"
    hold = f"import sys, time\nfrom pipeline.ledger import lock\n{held}"
    holder = subprocess.Popen([sys.executable, "-c", hold, tmp_path / "ledger"], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"held\n"
    monkeypatch.setattr(lock, "_WAIT_SECONDS", 0.1)
    with pytest.raises(lock.LedgerInUse, match="run again when it is done"), lock.lock_ledger(str(tmp_path / "ledger")):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with lock.lock_ledger(str(tmp_path / "ledger")):
        pass


# Takes away what Windows does not have, before anything of the program is imported.
NOT_POSIX = """
import ctypes, os, sys
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty"):
    sys.modules[name] = None
for name in ("posix_fadvise", "fchmod", "fork", "getuid", "sysconf", "statvfs", "O_DIRECTORY", "sched_getaffinity"):
    delattr(os, name)
real = ctypes.CDLL
def library(name, *args, **options):
    if name is None:
        raise TypeError("LoadLibrary() argument 1 must be str, not None")
    return real(name, *args, **options)
ctypes.CDLL = library
from pipeline import cli
cli.main()
"""


@pytest.mark.slow
def test_a_run_asks_nothing_of_the_system_that_only_posix_has(house, tmp_path):
    given = [report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "1", "T1"))]
    house.run(*given)
    words = ["run", *given, "--as-of", NIGHTS[0], "--out", tmp_path / "out", "--ledger", tmp_path / "other"]
    result = subprocess.run(
        [sys.executable, "-c", NOT_POSIX, *map(str, words)], check=False, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stderr
    assert alike(house.out, tmp_path / "out")
    assert LedgerSnapshot(str(tmp_path / "other")).last == 1


@pytest.mark.slow
def test_two_runs_started_together_are_both_remembered(tmp_path):
    program = [sys.executable, "-m", "pipeline.cli", "run"]
    started = []
    for number in (1, 2):
        given = [
            report(tmp_path / f"unshipped{number}.txt", number),
            upload(tmp_path / f"{number}.txt", (number, "2", "T")),
        ]
        words = [*given, "--as-of", NIGHTS[number], "--out", tmp_path / f"out{number}", "--ledger", tmp_path / "ledger"]
        started.append(subprocess.Popen([*program, *map(str, words)], stdout=subprocess.DEVNULL))
    assert [one.wait() for one in started] == [0, 0]
    ledger = LedgerSnapshot(str(tmp_path / "ledger"))
    assert ledger.last == 2
    assert (
        set(ledger.read_items()["order_id"])
        == set(ledger.read_confirmations()["order_id"])
        == {order(1)[0], order(2)[0]}
    )


def full(size):
    """What a process may write into one file at most: a disk that is full, as far as it can tell."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


SLOW = pytest.mark.slow


@pytest.mark.parametrize("size", [pytest.param(100, marks=SLOW), 3000, pytest.param(9000, marks=SLOW)])
def test_a_full_disk_ends_with_4_and_the_old_version_intact(house, tmp_path, size):
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "1", "T1")))
    later = [report(tmp_path / "later.txt", 1, 2), upload(tmp_path / "b.txt", (2, "1", "T2"))]
    words = ["run", *later, "--as-of", NIGHTS[1], "--out", tmp_path / "out2", "--ledger", tmp_path / "ledger"]
    stopped = subprocess.run(
        [sys.executable, "-m", "pipeline.cli", *map(str, words)],
        check=False,
        capture_output=True,
        preexec_fn=full(size),
    )
    assert stopped.returncode == console.COULD_NOT_FINISH, stopped.stderr
    assert stopped.stderr.strip().split(b"\n")[-1].startswith(b"feedwarden: could not finish, nothing was published: ")
    assert b"another run" not in stopped.stderr
    assert not (tmp_path / "out2").exists()
    assert LedgerSnapshot(str(tmp_path / "ledger")).last == 1
    house.run(*later)
    assert LedgerSnapshot(str(tmp_path / "ledger")).last == 2
    assert house.fed() == ["T2"]


def test_a_ledger_of_another_layout_is_refused_by_name(tmp_path):
    DeltaTable.create(
        str(tmp_path / "ledger/confirmations"), CONFIRMATIONS.schema, description="feedwarden ledger, layout 0"
    )
    given = report(tmp_path / "unshipped.txt", 1)
    words = ["run", given, "--as-of", NIGHTS[0], "--out", tmp_path / "out", "--ledger", tmp_path / "ledger"]
    result = CliRunner().invoke(cli.main, [*map(str, words)])
    assert result.exit_code == console.COULD_NOT_FINISH
    assert "confirmations/: feedwarden ledger, layout 0 is not known here" in result.output


@pytest.mark.slow
def test_a_hundred_nights_stay_few_files(house, tmp_path):
    url = str(tmp_path / "ledger")
    house.run(report(tmp_path / "unshipped.txt", 1))
    rows = DeltaTable(f"{url}/order_items").to_pyarrow_table()
    for number in range(2, 102):
        ledger, _ = commit.prepare_ledger(url)
        facts = ledger.last_run_row() | {"run_id": str(number), "inputs_hash": str(number)}
        del facts["seq"], facts["versions"]
        assert commit.commit_run(ledger, facts, {ORDER_ITEMS.name: rows}) == number
    ledger = LedgerSnapshot(url)
    assert (ledger.last, ledger.count_rows(ORDER_ITEMS), len(ledger.read_items())) == (101, 101, 1)
    for name in ("order_items", "runs"):
        assert len(DeltaTable(f"{url}/{name}").file_uris()) < 10
    assert sum(path.is_file() for path in (tmp_path / "ledger").rglob("*")) < 100
