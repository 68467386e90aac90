"""The settings of a run: the instant it judges at, the account and the policy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.model.findings import LEDGER_FILE_NAME, NO_LEDGER_NAME

if TYPE_CHECKING:
    from pipeline.model.account import Account
    from pipeline.model.submissions import Submissions
    from pipeline.policy import Policy


@dataclass(frozen=True)
class RunContext:
    """The settings of a run: the instant it judges at, the account, the policy. Frozen for the whole run."""

    as_of: dt.datetime
    account: Account
    policy: Policy
    encoding: str = ""
    verify: bool = False  # whether the program checks the columns of its own rows
    evidence: str = ""  # the id of the claim or order whose facts are to be printed
    has_ledger: bool = False  # whether earlier nights are remembered
    submissions: Submissions | None = field(default=None, compare=False)  # of feeds; None where a person uploads them

    @property
    def other_source(self) -> str:
        """The ``source_file`` of what is about no file of this run."""
        return LEDGER_FILE_NAME if self.has_ledger else NO_LEDGER_NAME
