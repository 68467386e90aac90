"""One kill: the second night of a made-up seller is started, killed, started again, and compared with a well one."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from pipeline import cli
from pipeline.ledger.snapshot import LedgerSnapshot
from tests import s3
from tests.house import NIGHTS, alike, report, upload

ROOT = Path(__file__).resolve().parents[2]
SOME_REJECTED = 1  # the exit status of the second night
OPTIONS = {
    "local": (),
    "on disk": ("--memory", "1MiB", "--jobs", "2"),
    "dask": ("--engine", "dask", "--jobs", "1"),
    "s3": (),
}
MODES = ["local", "on disk", "s3"] * 2 + ["dask"]  # Dask costs several times as much
FACTOR, DASK_FACTOR = 1.2, 2.0  # how much longer than measured the night may take: instants are drawn from all of it


LOADED = multiprocessing.get_context("forkserver")
LOADED.set_forkserver_preload(["pipeline.cli", "pipeline.app.run_job"])


def run_words(words: list[str], environment: dict[str, str]) -> None:
    """The command done in a process of its own, which ends with its exit status."""
    os.setsid()
    os.environ.update(environment)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    cli.main(words)


class Remembered(NamedTuple):
    """What a ledger holds: the number of its last run, its order items, its confirmations."""

    last: int
    items: list[str]
    confirmations: list[str]

    @classmethod
    def read(cls, url: str) -> Remembered:
        """What the ledger holds."""
        ledger = LedgerSnapshot(url)
        tables = (ledger.read_items(), ledger.read_confirmations())
        return cls(ledger.last, *(sorted(map(repr, rows.to_dict("records"))) for rows in tables))


class Seller(NamedTuple):
    """A folder of inputs, the first night done in ``first``, the second one in ``well``, and the seconds that took.

    ``forked_seconds`` are those without loading the program, ``remembered`` is what the ledger of ``well`` holds.
    """

    home: Path
    seconds: float
    forked_seconds: float
    remembered: Remembered


class Kill(NamedTuple):
    """How a night was run, whether it was killed before its end, and what is wrong after the next; else nothing."""

    mode: str
    is_early: bool
    faults: list[str]


class Night(NamedTuple):
    """A night of a seller: which one, the folder of its output and scratch, its ledger, and how it is run."""

    number: int
    folder: Path
    ledger: str
    mode: str = "local"

    def list_words(self, home: Path) -> list[str]:
        """The command line."""
        inputs = [home / name for name in (("unshipped.txt", "a.txt"), ("later.txt", "b.zip"))[self.number - 1]]
        places = ["--out", self.folder / f"out{self.number}", "--ledger", self.ledger, "--scratch", self.folder]
        words = ["run", *inputs, "--as-of", NIGHTS[self.number], *places, *OPTIONS[self.mode], "--quiet"]
        return list(map(str, words))

    def run_again(self, home: Path) -> int:
        """The exit status of the same night in this process, which has loaded the program; Dask has workers to end."""
        if self.mode == "dask":
            return self.start(home).wait()
        return CliRunner().invoke(cli.main, self.list_words(home)).exit_code

    def fork(self, home: Path) -> BaseProcess:
        """The process, begun from one that has loaded the program; it leads a group of its own."""
        process = LOADED.Process(target=run_words, args=(self.list_words(home), dict(os.environ)))
        process.start()
        return process

    def start(self, home: Path) -> subprocess.Popen[bytes]:
        """The process, which leads a group of its own: killed with all that it has started."""
        command = [sys.executable, "-m", "pipeline.cli", *self.list_words(home)]
        devices = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=ROOT, start_new_session=True, **devices)


@contextlib.contextmanager
def begin_seller() -> Iterator[Seller]:
    """A seller with two nights done, and an S3 beside."""
    with tempfile.TemporaryDirectory(prefix="kills-") as folder, s3.run_store() as store:
        home, earlier = Path(folder), {name: os.environ.get(name) for name in store}
        os.environ.update(store)
        try:
            report(home / "unshipped.txt", 1, 2)
            upload(home / "a.txt", (1, "1", "T1"))
            report(home / "later.txt", 2, 3)
            upload(home / "b.txt", (1, "1", "T1"), (2, "2", "T2"), (9, "1", "T9"))
            shutil.make_archive(str(home / "b"), "zip", home, "b.txt")
            first, well = home / "first", home / "well"
            first.mkdir()
            Night(1, first, str(first / "ledger")).start(home).wait()
            shutil.copytree(first, well)
            begin = time.monotonic()
            Night(2, well, str(well / "ledger")).start(home).wait()
            seconds = time.monotonic() - begin
            shutil.copytree(first, home / "forked")
            for number in (1, 2):  # the first one also loads the program
                begin = time.monotonic()
                Night(number, home / "forked", str(home / "forked/ledger")).fork(home).join()
            yield Seller(home, seconds, time.monotonic() - begin, Remembered.read(str(well / "ledger")))
        finally:
            for name, value in earlier.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def kill_once(seller: Seller, seed: int) -> Kill:
    """The night of that number begun, killed, and done again."""
    draw = random.Random(seed)
    mode, folder = draw.choice(MODES), seller.home / "harmed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(seller.home / "first", folder)
    ledger = copy_to_store(folder / "ledger", f"ledger-{seed}") if mode == "s3" else str(folder / "ledger")
    night = Night(2, folder, ledger, mode)
    share = draw.random()
    if mode == "dask":
        process = night.start(seller.home)
        kill_after(process.pid, share * seller.seconds * DASK_FACTOR)
        killed_status = process.wait()
    else:
        forked = night.fork(seller.home)
        kill_after(forked.pid, share * seller.forked_seconds * FACTOR)
        forked.kill()  # where it was killed before it led its group
        forked.join()
        killed_status = forked.exitcode
    status = night.run_again(seller.home)
    faults = list_differences(seller, folder, ledger) if status == SOME_REJECTED else [f"ended: {status}"]
    return Kill(mode, killed_status == -signal.SIGKILL, faults)


def kill_after(process_id: int, seconds: float) -> None:
    """The group of the process is killed after so long."""
    time.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):  # it was faster
        os.killpg(process_id, signal.SIGKILL)


def copy_to_store(ledger: Path, name: str) -> str:
    """The address of the ledger in the store."""
    for path in sorted(ledger.rglob("*")):
        if path.is_file() and path.name != ".lock":
            place = f"{os.environ['AWS_ENDPOINT_URL']}/{s3.BUCKET}/{name}/{path.relative_to(ledger).as_posix()}"
            kind = {"Content-Type": "application/octet-stream"}
            request = urllib.request.Request(place, path.read_bytes(), kind, method="PUT")  # noqa: S310  our own
            urllib.request.urlopen(request, timeout=60).close()  # noqa: S310
    return f"s3://{s3.BUCKET}/{name}"


def list_differences(seller: Seller, harmed: Path, ledger: str) -> list[str]:
    """In what the harmed night differs from the well one, and what it has left behind."""
    found = [] if alike(seller.home / "well/out2", harmed / "out2") else ["the outputs differ"]
    well, remembered = seller.remembered, Remembered.read(ledger)
    if well.last != remembered.last:
        found.append(f"{remembered.last} runs instead of {well.last}")
    found += ["the order items differ"] * (well.items != remembered.items)
    found += ["the confirmations differ"] * (well.confirmations != remembered.confirmations)
    left = [path.name for path in harmed.iterdir() if path.name.startswith((".out", "feedwarden-"))]
    return [*found, *(f"{name} was left" for name in left)]
