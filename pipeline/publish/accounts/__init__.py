"""One page and one worklist over the outputs of several accounts."""

from pipeline.publish.accounts.joint_output import JOINT_WORKLIST_PATH, check_accounts_output, write_accounts_output
from pipeline.publish.accounts.joint_worklist import join_worklists
from pipeline.publish.accounts.outcome import AccountOutcome

__all__ = [
    "JOINT_WORKLIST_PATH",
    "AccountOutcome",
    "check_accounts_output",
    "join_worklists",
    "write_accounts_output",
]
