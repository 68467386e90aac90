"""One kill: the second night of a made-up seller is started, killed, started again, and compared with a well one."""

from __future__ import annotations

import contextlib
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
from pathlib import Path
from typing import NamedTuple

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
SLOWER = {"dask": 2.0}  # how much longer than a local run the night may take: instants are drawn from all of it


class Seller(NamedTuple):
    """A folder of inputs, the first night done in ``first``, the second one in ``well``, and the seconds that took."""

    home: Path
    seconds: float


class Night(NamedTuple):
    """A night of a seller: which one, the folder of its output and scratch, its ledger, and how it is run."""

    number: int
    folder: Path
    ledger: str
    mode: str = "local"

    def start(self, home: Path) -> subprocess.Popen[bytes]:
        """The process, which leads a group of its own: killed with all that it has started."""
        inputs = [home / name for name in (("unshipped.txt", "a.txt"), ("later.txt", "b.zip"))[self.number - 1]]
        places = ["--out", self.folder / f"out{self.number}", "--ledger", self.ledger, "--scratch", self.folder]
        words = ["run", *inputs, "--as-of", NIGHTS[self.number], *places, *OPTIONS[self.mode], "--quiet"]
        command = [sys.executable, "-m", "pipeline.cli", *map(str, words)]
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
            yield Seller(home, time.monotonic() - begin)
        finally:
            for name, value in earlier.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def kill_once(seller: Seller, seed: int) -> list[str]:
    """What is wrong after the kill of that number; nothing, where all is well."""
    draw = random.Random(seed)
    mode, folder = draw.choice(list(OPTIONS)), seller.home / "harmed"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(seller.home / "first", folder)
    ledger = copy_to_store(folder / "ledger", f"ledger-{seed}") if mode == "s3" else str(folder / "ledger")
    night = Night(2, folder, ledger, mode)
    process = night.start(seller.home)
    time.sleep(draw.random() * seller.seconds * SLOWER.get(mode, 1.2))
    with contextlib.suppress(ProcessLookupError):  # it was faster
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    status = night.start(seller.home).wait()
    faults = list_differences(seller.home / "well", folder, ledger) if status == SOME_REJECTED else [f"ended: {status}"]
    return [f"kill {seed} ({mode}): {fault}" for fault in faults]


def copy_to_store(ledger: Path, name: str) -> str:
    """The address of the ledger in the store."""
    for path in sorted(ledger.rglob("*")):
        if path.is_file() and path.name != ".lock":
            place = f"{os.environ['AWS_ENDPOINT_URL']}/{s3.BUCKET}/{name}/{path.relative_to(ledger).as_posix()}"
            kind = {"Content-Type": "application/octet-stream"}
            request = urllib.request.Request(place, path.read_bytes(), kind, method="PUT")  # noqa: S310  our own
            urllib.request.urlopen(request, timeout=60).close()  # noqa: S310
    return f"s3://{s3.BUCKET}/{name}"


def list_differences(well: Path, harmed: Path, ledger: str) -> list[str]:
    """In what the harmed night differs from the well one, and what it has left behind."""
    found = [] if alike(well / "out2", harmed / "out2") else ["the outputs differ"]
    ledgers = [LedgerSnapshot(str(well / "ledger")), LedgerSnapshot(ledger)]
    if ledgers[0].last != ledgers[1].last:
        found.append(f"{ledgers[1].last} runs instead of {ledgers[0].last}")
    for read in (LedgerSnapshot.read_items, LedgerSnapshot.read_confirmations):
        one, other = (sorted(map(repr, read(each).to_dict("records"))) for each in ledgers)
        found += [f"{read.__name__} differs"] * (one != other)
    left = [path.name for path in harmed.iterdir() if path.name.startswith((".out", "feedwarden-"))]
    return [*found, *(f"{name} was left" for name in left)]
