"""What the steps of a night work with: the seller's folder, Amazon, and the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pipeline.amazon.night import Night
    from pipeline.amazon.session import Session

RunFiles = Callable[[list[str]], int]  # the arguments of `feedwarden run` to its exit status


class Home(NamedTuple):
    """The folder of a seller, with what a night keeps in it."""

    folder: Path
    state: Path

    @property
    def inbox(self) -> Path:
        """Where reports are put, and uploads by people."""
        return self.folder / "inbox"

    @property
    def archive(self) -> Path:
        """What runs have read."""
        return self.folder / "archive"

    def find_output(self, night: Night) -> Path:
        """Where the run of the night publishes."""
        from pipeline.amazon.night import name_instant

        return self.folder / "out" / (name_instant(night.as_of) if night.as_of else night.name)


class NightWork(NamedTuple):
    """What the steps of a night work with; ``arguments`` are those for the run, ``wait`` is in seconds."""

    session: Session
    home: Home
    run_files: RunFiles
    arguments: list[str]
    wait: float
