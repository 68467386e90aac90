"""Law 8: the memory that a run takes follows ``--memory``, not the size of its files."""

import subprocess
import sys

import pytest

from tests.benchmarks import peers
from tests.benchmarks.__main__ import _files
from tests.benchmarks.measure import MIB, ROOT, Job

pytestmark = pytest.mark.slow
SIZES = (400_000, 1_200_000)
GIVEN = 256  # MiB
BESIDE = 400  # MiB that a run may take for itself
RUN = ("run", "{orders}", "{confirmation}", "--as-of", "{as_of}", "--out", "{out}", "--no-ledger", "--quiet")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A night of each size, 2 % of its lines damaged."""
    home = tmp_path_factory.mktemp("law-eight")
    return [_files(home / str(lines), lines, "2%") for lines in SIZES]


def peak(files, scratch, *more):
    """The most memory that a run was seen to hold, in MiB; a small process starts it, as a child begins at its size."""
    job = Job("feedwarden", "", (*peers.program(), *RUN, *more), (0, 1))
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
