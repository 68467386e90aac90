"""One attack: a night of damaged files run as a user runs it, and what must hold of it whatever the damage."""

from __future__ import annotations

import contextlib
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from tests.fuzz.mutators import damage
from tests.house import report, upload, written

STATUSES = (0, 1, 2, 3)
NAMES = ("a.txt", "b.gz", "c.zip", "manifest.json", "x::y", "\x1b.txt", "sub/d.txt", "~e", "é" * 60 + ".tsv")
ACCOUNT = b'plan = "professional"\n[reports]\nunshipped = "partial"\n[limits]\nfeed-bytes = 9999\n'
POLICY = b'extends = "amazon"\n[[entry]]\nname = "order.hold"\nvalues = [{ from = 2000-01-01, value = 45 }]\n'


class Outcome(NamedTuple):
    """What became of an attack: its fault in words, empty where it was survived, and what it cost.

    ``seconds`` are those of the processor, ``size`` counts bytes; ``kind`` says what was damaged beside the files.
    """

    fault: str
    seconds: float
    size: int
    kind: str


def seeds(folder: Path) -> list[bytes]:
    """Good files of several kinds, to be damaged."""
    folder.mkdir(parents=True, exist_ok=True)
    report(folder / "r", *range(1, 30))
    upload(folder / "u", *((number, "1", f"T{number}") for number in range(1, 20)))
    written(
        folder / "s", ["sku", "quantity", "counted-at"], [(f"SKU-{n}", "5", "2026-03-07T00:00:00Z") for n in range(9)]
    )
    written(folder / "c", ["order-id", "order-item-id", "cancellation-reason-code"], [("111-0000000-0000003", "", "")])
    written(
        folder / "k",
        ["claim-id", "order-id", "claim-type", "claim-date", "claim-amount", "currency"],
        [("C1", "111-0000000-0000002", "not-received", "2026-03-06", "9.99", "USD")],
    )
    written(
        folder / "p",
        ["original-record-number", "order-id", "order-item-id", "error-code", "error-type", "error-message"],
        [("1", "111-0000000-0000001", "", "18028", "Error", "none")],
        ["Feed Processing Summary:", "\tNumber of records processed\t\t19", "\tNumber of records successful\t\t18", ""],
    )
    return [(folder / name).read_bytes() for name in "ruscpk"]


def lay_out(folder: Path, draw: random.Random) -> list[str]:
    """A folder of good and of damaged files; the words of a command on it."""
    good = seeds(folder / "good")
    inbox = folder / "in"
    inbox.mkdir()
    for name in draw.sample(NAMES, draw.randrange(1, 5)):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_bytes(damage(draw.choice(good), draw))
    words = [draw.choice(["run", "run", "run", "audit"]), str(inbox), str(folder / "good/r"), str(folder / "good/u")]
    if draw.random() < 0.15:
        (folder / "account.toml").write_bytes(damage(ACCOUNT, draw))
        words += ["--account", str(folder / "account.toml")]
    if draw.random() < 0.15:
        (folder / "policy.toml").write_bytes(damage(POLICY, draw))
        words += ["--policy", str(folder / "policy.toml")]
    if draw.random() < 0.1:
        words += [
            "--encoding",
            draw.choice(["ascii", "cp932", "latin-1", "utf-7", "hex", "raw_unicode_escape", "gb18030"]),
        ]
    words += ["--memory", draw.choice(["1MiB", "2GiB"])]
    if words[0] == "run":
        words += ["--no-ledger"] if draw.random() < 0.6 else ["--ledger", str(folder / "ledger")]
    return [*words, "--as-of", draw.choice(["2026-03-08T07:00:00Z", "1900-01-01T00:00:00Z", "8999-12-31T23:00:00Z"])]


def attack(seed: int) -> Outcome:
    """The attack of that number: the same each time."""
    draw = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        words = lay_out(folder, draw)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        begin = time.process_time()
        fault, kind = run(words, folder), name_kind(words)
        if not fault and "--ledger" in words and draw.random() < 0.5:
            tamper(folder / "ledger", draw)
            fault, kind = run(words, folder, (*STATUSES, 4)), f"{kind}, damaged"
        return Outcome(fault, time.process_time() - begin, size, kind)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def name_kind(words: list[str]) -> str:
    """The command, and what it was given beside files."""
    given = [option[2:] for option in ("--account", "--policy", "--encoding", "--ledger") if option in words]
    return ", ".join([words[0], *given])


def tamper(ledger: Path, draw: random.Random) -> None:
    """A file of the ledger is damaged, or gone."""
    files = sorted(path for path in ledger.rglob("*") if path.is_file())
    if files:
        path = draw.choice(files)
        path.unlink() if draw.random() < 0.3 else path.write_bytes(damage(path.read_bytes(), draw))


def run(words: list[str], folder: Path, statuses: tuple[int, ...] = STATUSES) -> str:
    """What is wrong with how the command ended; empty where nothing is."""
    from pipeline.cli import main

    ran = CliRunner().invoke(main, [*words, "--out", str(folder / "out"), "-q"])
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        return f"{type(ran.exception).__name__}: {ran.exception}"[:300]
    if ran.exit_code not in statuses:
        return f"exit status {ran.exit_code}: {ran.stderr[:300]}"
    errors = [line for line in ran.stderr.splitlines() if "Traceback" in line]
    if errors or (ran.exit_code > 1 and len(ran.stderr) > 1000):
        return f"more than a line: {ran.stderr[:200]}"
    with contextlib.suppress(FileNotFoundError):
        return unbalanced(folder / "out/manifest.json")
    return ""


def unbalanced(manifest: Path) -> str:
    """The first input whose lines do not add up (law 1)."""
    import json

    for one in json.loads(manifest.read_text("utf-8"))["inputs"]:
        if one["lines"] - sum(one[name] for name in ("accepted", "rejected", "skipped", "unreadable")) < 0:
            return f"{one['name']}: more outcomes than lines"
    return ""
