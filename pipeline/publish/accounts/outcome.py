"""What became of one account of a run over several."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AccountOutcome:
    """An account by the name of its folder, the exit status of its run, and why it was stopped, if it was.

    The lines of its files are counted by outcome, ``feeds`` are the files to upload, and ``waiting`` are
    those of earlier runs that nobody is known to have uploaded, in other outputs.
    """

    name: str
    status: int
    message: str = ""
    marketplace: str = ""
    run_id: str = ""
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unreadable: int = 0
    feeds: int = 0
    waiting: int = 0

    @property
    def is_finished(self) -> bool:
        """Whether its outputs are those of this run."""
        return bool(self.run_id)

    @property
    def lines_to_correct(self) -> int:
        """The lines that were rejected or could not be read."""
        return self.rejected + self.unreadable
