"""What a job from Python gives: a result whose reports are read when they are asked for, or an exception."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.app.console import COULD_NOT_FINISH, NO_INPUT, WRONG_USAGE

if TYPE_CHECKING:
    import pandas as pd


class FeedwardenError(Exception):
    """A job that could not be done: one line, and in ``exit_status`` the status with which the command would end."""

    exit_status = COULD_NOT_FINISH


class WrongUsage(FeedwardenError):
    """An option, a path, the account file or the policy is wrong; nothing was done."""

    exit_status = WRONG_USAGE


class NoUsableInput(FeedwardenError):
    """There is no file, or all were refused; then ``output`` is what was written about them."""

    exit_status = NO_INPUT

    def __init__(self, message: str, output: AuditOutput | None = None) -> None:
        super().__init__(message)
        self.output = output


class CouldNotFinish(FeedwardenError):
    """The job could not finish; nothing was published. Its cause is the exception behind it."""


@dataclass(frozen=True)
class AuditOutput:
    """What an audit found and wrote: lines by outcome, findings by severity, and the paths of all outputs.

    After a dry run there are no paths, and no frames to read.
    """

    exit_status: int
    run_id: str
    out: Path
    accepted: int
    rejected: int
    skipped: int
    unreadable: int
    errors: int
    warnings: int
    summary: str
    paths: tuple[Path, ...]

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.out / "report.html"

    @functools.cached_property
    def findings(self) -> pd.DataFrame:
        """The findings (reports/findings), Arrow dtypes."""
        return self._read("findings")

    def _read(self, name: str) -> pd.DataFrame:
        """The report. Raises FileNotFoundError after a dry run, and where another run has replaced the output."""
        from pipeline.publish import read_report

        manifest = self.out / "manifest.json"
        if not self.paths:
            raise FileNotFoundError(f"a dry run writes no {name}; run it without dry_run")
        if json.loads(manifest.read_bytes())["run_id"] != self.run_id:
            raise FileNotFoundError(f"{self.out}: is the output of another run by now; read {name} before that")
        return read_report(self.out, f"reports/{name}")


@dataclass(frozen=True)
class RunOutput(AuditOutput):
    """What a run found and wrote: as for an audit, and the order items, the worklist and the claims."""

    @functools.cached_property
    def orders(self) -> pd.DataFrame:
        """The order items (reports/orders), Arrow dtypes."""
        return self._read("orders")

    @functools.cached_property
    def worklist(self) -> pd.DataFrame:
        """What is to be done, the most urgent first (reports/worklist), Arrow dtypes."""
        return self._read("worklist")

    @functools.cached_property
    def claims(self) -> pd.DataFrame:
        """The claims (reports/claims), Arrow dtypes."""
        return self._read("claims")


@dataclass(frozen=True)
class AccountsOutput:
    """What a run over several accounts found: the output of each, why others were stopped, and what is over all."""

    exit_status: int
    out: Path
    outputs: Mapping[str, RunOutput]
    stopped: Mapping[str, str]
    worklist: pd.DataFrame

    @property
    def page(self) -> Path:
        """The page to open."""
        return self.out / "report.html"
