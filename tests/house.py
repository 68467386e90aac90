"""A made-up seller's folder with its ledger, for tests of night after night."""

import atexit
import filecmp
import functools
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from click.testing import CliRunner

from pipeline import cli

UNSHIPPED = (
    "order-id order-item-id purchase-date payments-date reporting-date promise-date days-past-promise sku "
    "quantity-purchased quantity-shipped quantity-to-ship ship-service-level"
).split()
CONFIRMATION = "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method".split()
ANSWER = "original-record-number order-id order-item-id error-code error-type error-message".split()
BOUGHT, NIGHTS = "2026-03-01T10:00:00+00:00", [f"2026-03-{day:02d}T07:00:00Z" for day in range(8, 16)]


def written(path, header, rows, above=()):
    lines = [*above, "\t".join(header), *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def order(number):
    return f"111-0000000-{number:07d}", f"1{number:013d}"


def report(path, *numbers, units="2"):
    dates = (BOUGHT, BOUGHT, "2026-03-01T10:40:00+00:00", "2026-03-20T06:59:59+00:00", "")
    return written(path, UNSHIPPED, [(*order(n), *dates, f"SKU-{n}", units, "0", units, "Standard") for n in numbers])


def upload(path, *rows):
    """Rows of (number, quantity, tracking number)."""
    return written(
        path, CONFIRMATION, [(*order(n), units, "2026-03-05", "GLS", "", track, "") for n, units, track in rows]
    )


@functools.cache
def _kept_nights():
    """Where nights are kept: many tests begin with the same ones, and these are run once a session."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _list_files(path):
    return sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]


def _kept_night(words, files):
    """Where a night is kept that has those words, and files of those names and bytes."""
    given = hashlib.sha256("\0".join(words).encode())
    for path in map(Path, files):
        for one in _list_files(path):
            data = one.read_bytes()
            given.update(f"\0{one.relative_to(path.parent)}\0{len(data)}\0".encode() + data)
    return _kept_nights() / given.hexdigest()


def run_night(command, at, files, ledger, out, settings=()):
    """One night on a ledger, through the command line; a first night that was run before is copied.

    Nothing is copied where a ledger, an output or what a killed run left of one is there: how a run goes on from these
    is what tests ask. ``settings`` are further options, each with its value, which may be a file.
    """
    contents = [path.read_text(encoding="utf-8") if (path := Path(word)).is_file() else word for word in settings]
    is_first = not ledger.exists() and not out.exists() and not any(out.parent.glob(f".{out.name}.*"))
    kept = _kept_night((command, at, *contents), files) if is_first else None
    if kept and kept.is_dir():
        shutil.copytree(kept / "out", out)
        shutil.copytree(kept / "ledger", ledger)
        return
    words = [command, *map(str, files), "--as-of", at, "--out", str(out), "--ledger", str(ledger)]
    result = CliRunner().invoke(cli.main, [*words, *settings])
    assert result.exit_code in (0, 1), result.output
    if kept:
        shutil.copytree(out, kept / "out")
        shutil.copytree(ledger, kept / "ledger")


def cpu_seconds(process):
    """Seconds of the processor that a command took from its start to its end, which must be with 0."""
    if process.stdout:
        process.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.args
    return usage.ru_utime + usage.ru_stime


class House:
    """A seller's folder with its ledger."""

    def __init__(self, folder):
        self.folder, self.night = folder, 0

    def run(self, *files, out=None, night=None):
        """One night; its findings as (code, line) of the uploads and reports, and what its feed holds."""
        at = NIGHTS[self.night if night is None else night]
        self.night += night is None
        self.out = self.folder / (out or f"out{self.night}")
        run_night("run", at, files, self.folder / "ledger", self.out)
        return {(row["code"], row["order_id"]) for row in self.rows("reports/findings.tsv")}

    def rows(self, name):
        lines = (self.out / name).read_text(encoding="utf-8").split("\n")[:-1]
        return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]

    def fed(self):
        feed = "feeds/shipping-confirmation-001.tsv"
        return [row["tracking-number"] for row in self.rows(feed)] if (self.out / feed).exists() else []

    def states(self):
        return {row["order_id"]: row["state"] for row in self.rows("reports/orders.tsv")}


def alike(one, other):
    """Whether two folders hold the same files with the same bytes."""
    names = [{path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()} for here in (one, other)]
    return (
        names[0] == names[1]
        and filecmp.cmpfiles(one, other, names[0], shallow=False)[0] != []
        and all((one / name).read_bytes() == (other / name).read_bytes() for name in names[0])
    )
