"""What has ended, and what its output and the state of the uploads say of it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.model.output_names import MANIFEST_NAME
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.notify import event_table
from pipeline.notify.channel_settings import NotifyError
from pipeline.notify.output_events import read_output_events
from pipeline.notify.upload_journal import read_upload_events
from pipeline.utils.escape import to_one_line
from pipeline.utils.instants import format_instant
from schemas import lists

_NIGHTS_FOLDER = "nights"  # of the state
_DONE_STATUSES = (None, 0, 1)


@dataclass(frozen=True)
class Happening:
    """A command that has ended: a night, a run, a fetch or a submit.

    ``status`` is its exit status, None where only its output is known. ``out`` is the output folder that it has
    written, None without one; ``step`` the step of a night at which it stopped. ``refused_rows`` are the rows of feeds
    that Amazon's processing reports refuse, by their own summaries, ``state`` is the folder of the uploads' state.
    """

    command: str
    as_of: dt.datetime
    status: int | None = None
    out: Path | None = None
    state: Path | None = None
    step: str = ""
    refused_rows: int = 0

    @property
    def is_done(self) -> bool:
        """Whether it has done what it should: with rejected lines, perhaps."""
        return self.status in _DONE_STATUSES

    @property
    def key(self) -> str:
        """By what it is known."""
        return f"{self.command} {format_instant(self.as_of)}"


@dataclass(frozen=True)
class Facts:
    """What a notice of a happening is made of: its events, lines by outcome, the time zone, troubles that are over."""

    happening: Happening
    events: pa.Table
    time_zone: str = "UTC"
    lines: dict[str, int] = field(default_factory=dict)
    settled_parts: frozenset[str] = frozenset()


def collect_facts(happening: Happening, within: dt.timedelta) -> Facts:
    """The facts of the happening. Raises NotifyError where its output cannot be read."""
    parts, lines, time_zone = [], {}, "UTC"
    if not happening.is_done:
        key = f"{event_table.STOPPED} {happening.key} {happening.status}"
        parts.append(event_table.build_events([{"event": event_table.STOPPED, "key": key}]))
    if happening.out is not None:
        manifest = read_manifest(happening.out)
        lines, time_zone = manifest.lines, manifest.time_zone
        parts.append(read_output_events(happening.out, happening.as_of, within))
    uploads = read_upload_events(happening.state, happening.as_of)
    return Facts(
        happening, event_table.concat_events([*parts, uploads.events]), time_zone, lines, uploads.settled_parts
    )


@dataclass(frozen=True)
class ManifestFacts:
    """What the manifest of an output says: as-of, the account's time zone, lines by outcome."""

    as_of: dt.datetime
    time_zone: str
    lines: dict[str, int]


def read_manifest(out: Path) -> ManifestFacts:
    """The facts of the output's manifest. Raises NotifyError where it is none."""
    try:
        content = json.loads((out / MANIFEST_NAME).read_bytes())
        as_of = dt.datetime.fromisoformat(content["as_of"])
        zone = lists.find_marketplace(content["account"]["marketplace"]).time_zone
        lines = {outcome: sum(int(entry[outcome]) for entry in content["inputs"]) for outcome in LINE_OUTCOMES}
        return ManifestFacts(as_of.astimezone(dt.UTC), zone, lines)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotifyError(f"{out}: not an output of feedwarden ({to_one_line(error)})") from error


def find_newest_night(home: Path, state: Path) -> Happening:
    """The newest finished night of the folder, by its state; without one the newest output.

    A night that is not finished sends its notices itself. Raises NotifyError where there is nothing to report.
    """
    folder = state / _NIGHTS_FOLDER
    nights = [_read_night(path, home, state) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    finished = [night for night in nights if night.status is not None]
    if finished:
        return max(finished, key=lambda night: night.as_of)
    outputs = [(read_manifest(path.parent).as_of, path.parent) for path in home.glob(f"out/*/{MANIFEST_NAME}")]
    if not outputs:
        raise NotifyError(f"{home}: no finished night and no output; run feedwarden night first")
    as_of, out = max(outputs)
    return Happening("night", as_of, None, out, state)


def _read_night(path: Path, home: Path, state: Path) -> Happening:
    """A night as its record in the state has it (SPEC §11.4): started_at, as_of and status, null before it is over."""
    try:
        night: dict[str, Any] = json.loads(path.read_bytes())
        as_of, status = night["as_of"], night["status"]
        out = home / "out" / str(as_of).replace(":", "-")
        return Happening(
            "night",
            dt.datetime.fromisoformat(as_of or night["started_at"]).astimezone(dt.UTC),
            None if status is None else int(status),
            out if as_of and (out / MANIFEST_NAME).is_file() else None,
            state,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotifyError(f"{path}: not a night of feedwarden ({to_one_line(error)})") from error
