"""Law 8: the memory that a run takes follows ``--memory``, not the size of its files."""

import subprocess
import sys

import pytest

from pipeline.utils import worker_process
from tests.benchmarks import peers
from tests.benchmarks.__main__ import _files
from tests.benchmarks.measure import MIB, ROOT, Job
from tests.engine import big
from tests.house import CONFIRMATION, NIGHTS, UNSHIPPED, report

pytestmark = pytest.mark.slow
SIZES = (400_000, 1_200_000)
GIVEN = 256  # MiB
BESIDE = 400  # MiB that a run may take for itself
RUN = ("run", "{orders}", "{confirmation}", "--as-of", "{as_of}", "--out", "{out}", "--quiet")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A night of each size, 2 % of its lines damaged."""
    home = tmp_path_factory.mktemp("law-eight")
    return [_files(home / str(lines), lines, "2%") for lines in SIZES]


def peak(files, scratch, *more):
    """The most memory that a run was seen to hold, in MiB; a small process starts it, as a child begins at its size."""
    without = () if "--ledger" in more else ("--no-ledger",)
    job = Job("feedwarden", "", (*peers.program(), *RUN, *without, *more), (0, 1))
    words = f"from tests.benchmarks.measure import *; print(measure({job!r}, {files!r}, Path({str(scratch)!r})).peak)"
    told = subprocess.run(
        [sys.executable, "-c", f"from pathlib import *; {words}"], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return int(told.stdout) / MIB


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_memory_follows_what_is_given(files, jobs, tmp_path):
    small, large = (peak(night, tmp_path, "--memory", f"{GIVEN}MiB", "--jobs", jobs) for night in files)
    assert small <= GIVEN + BESIDE
    assert large <= GIVEN + BESIDE
    assert large <= small * 1.15


def test_processes_together_keep_to_what_is_given(files, tmp_path):
    (_, large), given = files, 1024
    assert worker_process.spare_memory(2, given * MIB, (path.stat().st_size for path in large[:2])) is not None
    assert peak(large, tmp_path, "--memory", f"{given}MiB", "--jobs", "2") <= given + BESIDE


def test_a_ledger_takes_no_more(files, tmp_path):
    (_, large), given = files, 128
    assert peak(large, tmp_path, "--memory", f"{given}MiB", "--ledger", "{out}-ledger") <= given + BESIDE


# Prints the most memory (KiB) that the command held: a small process starts it, as a child begins at its size.
PEAK = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
GIVEN_LITTLE = 64  # MiB
HEADERS = {"unshipped": UNSHIPPED, "confirmation": CONFIRMATION}


def run_peak(tmp_path, given, memory=GIVEN_LITTLE, command=("run", "--no-ledger")):
    """The exit status of a run, or an audit, of the file or folder, and its peak in MiB."""
    words = [*command, given, "--memory", f"{memory}MiB", "--out", tmp_path / "out", "--quiet"]
    program = [sys.executable, "-m", "pipeline.cli", *map(str, words), "--as-of", NIGHTS[0]]
    told = subprocess.run([sys.executable, "-c", PEAK, *program], check=True, capture_output=True, text=True, cwd=ROOT)
    status, peak_kib = map(int, told.stdout.split())
    return status, peak_kib / 1024


@pytest.mark.parametrize(
    ("kind", "lines", "memory"),
    [("unshipped", 600_000, GIVEN_LITTLE), ("confirmation", 600_000, GIVEN_LITTLE), ("confirmation", 300_000, 512)],
)
def test_many_short_lines(tmp_path, kind, lines, memory):
    path = tmp_path / "short.txt"
    path.write_bytes("\t".join(HEADERS[kind]).encode() + b"\n" + b"x\n" * lines)
    status, peak_mib = run_peak(tmp_path, path, memory)
    assert status == 1
    assert peak_mib <= memory + BESIDE


@pytest.mark.parametrize("header", ["", "\t".join(UNSHIPPED) + "\n"])
@pytest.mark.parametrize("byte", ["\0", "x"])
def test_one_line_of_300_megabytes(tmp_path, header, byte):
    """With a header above it the line is unreadable; without one the file has no line end at all."""
    path = tmp_path / "long.txt"
    with path.open("wb") as file:
        file.write(header.encode())
        for _ in range(300):
            file.write(byte.encode() * (1 << 20))
    status, peak_mib = run_peak(tmp_path, path)
    assert status == (1 if header else 3)
    assert peak_mib <= GIVEN_LITTLE + BESIDE


@pytest.mark.parametrize("command", big.COMMANDS)
def test_many_files(tmp_path, command):
    """What a file costs beside its row: 1,000 more took 40 seconds and 55 MB when each was read by itself."""
    used = []
    for count in (200, 1200):
        given = tmp_path / f"in-{count}"
        given.mkdir()
        big.make_many_files(given, count)
        used.append(big.measure_command(command, given, tmp_path / f"out-{count}", GIVEN_LITTLE))
    few, many = used
    assert (few.status, many.status) == (0, 0)
    assert many.cpu_seconds <= few.cpu_seconds + 5
    assert many.peak_mib <= few.peak_mib * 1.1
    assert many.peak_mib <= GIVEN_LITTLE + BESIDE


def test_an_audit_keeps_to_what_is_given(tmp_path):
    """Rows of which every cell is different, in one file twice as large as the other."""
    peaks = []
    for lines in (40_000, 80_000):
        path = tmp_path / "unshipped.txt"
        report(path, *range(lines))
        status, peak_mib = run_peak(tmp_path, path, command=("audit",))
        assert status == 0
        peaks.append(peak_mib)
    assert peaks[1] <= GIVEN_LITTLE + BESIDE
    assert peaks[1] <= peaks[0] * 1.15


def test_an_audit_of_many_short_lines(tmp_path):
    path = tmp_path / "short.txt"
    path.write_bytes("\t".join(UNSHIPPED).encode() + b"\n" + b"x\n" * 150_000)
    status, peak_mib = run_peak(tmp_path, path, command=("audit",))
    assert status == 1
    assert peak_mib <= GIVEN_LITTLE + BESIDE
