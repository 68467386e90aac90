"""Outputs and ledger belong to their owner alone, unless they are public."""

import os
import stat

import pytest
from click.testing import CliRunner

from pipeline import cli
from tests.house import report, upload


@pytest.fixture(autouse=True)
def usual_mask():
    earlier = os.umask(0o022)
    yield
    assert os.umask(earlier) == 0o022


@pytest.mark.parametrize("command", ["run", "audit"])
@pytest.mark.parametrize("public", [False, True])
def test_modes(tmp_path, command, public):
    report(tmp_path / "unshipped.txt", 1)
    upload(tmp_path / "c.txt", (1, "1", "T1"), (2, "1", "T2"))
    words = [command, str(tmp_path / "unshipped.txt"), str(tmp_path / "c.txt"), "--as-of", "2026-03-10T07:00:00Z"]
    words += ["--out", str(tmp_path / "out"), *(["--ledger", str(tmp_path / "ledger")] if command == "run" else [])]
    assert CliRunner().invoke(cli.main, [*words, *(["--public"] if public else [])]).exit_code < 2
    made = [path for name in ("out", "ledger") for path in (tmp_path / name, *(tmp_path / name).rglob("*"))]
    for path in filter(os.path.exists, made):
        mode = stat.S_IMODE(path.stat().st_mode)
        private = not public or "rejected" in path.parts[:-1]
        if path.is_dir():
            assert mode == (0o755 if public else 0o700), path
        elif path.name != ".lock":
            assert mode == (0o600 if private else 0o644), path
