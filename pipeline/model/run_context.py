"""The settings of a run: the instant it judges at, the account and the policy."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

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
    submissions: Submissions | None = field(default=None, compare=False)  # of feeds; None where a person uploads them
