"""What `run` does once it has ended: its numbers for node_exporter, and notices."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from pipeline.app.console import COULD_NOT_FINISH, NO_INPUT, OK, SOME_REJECTED, WRONG_USAGE, exit_with
from pipeline.app.log_output import configure_logging
from pipeline.app.notify_command import notify_end, open_sender
from pipeline.notify import Happening, NotifyError
from pipeline.publish import PROMETHEUS_PATH, Gauge, format_gauges
from pipeline.utils.events import log

_FINISHED, _STOPPED = (OK, SOME_REJECTED), (WRONG_USAGE, NO_INPUT, COULD_NOT_FINISH)
_TEXTFILE_SUFFIX, _TEXTFILE_MODE = ".prom", 0o644  # node_exporter reads no other names, as a user of its own


class FollowUp(NamedTuple):
    """What is to be done after a run: the settings of notices, the file of numbers; the run's options and its begin."""

    notify: str | None
    textfile: str | None
    options: dict[str, Any]
    begun_at: dt.datetime

    def run_and_report(self, run: Callable[[], Any]) -> NoReturn:
        """The run, which ends the program, and what follows it before the program ends.

        Settings that cannot be used end it with 2 before anything is run. After an interrupt, and in a dry run, nothing
        follows.
        """
        configure_logging(self.options)
        try:
            sender = open_sender(self.notify, None, self.begun_at) if self.notify else None
            self._check_textfile()
        except (NotifyError, OSError) as error:
            exit_with(WRONG_USAGE, str(error))
        started = time.perf_counter()
        status = _run_to_end(run)
        if not self.options["dry_run"] and status in (*_FINISHED, *_STOPPED):
            seconds, out = time.perf_counter() - started, Path(self.options["out"]) if status in _FINISHED else None
            is_written = self._write_textfile(out, status, seconds)
            if sender is not None:
                status = notify_end(sender, Happening("run", self.options["as_of"], status, out, sender.state))
            status = status or (OK if is_written else SOME_REJECTED)
        raise SystemExit(status)

    def _check_textfile(self) -> None:
        """Numbers can be written where they are wanted. Raises NotifyError."""
        if self.textfile is None:
            return
        path = Path(self.textfile)
        if path.suffix != _TEXTFILE_SUFFIX:
            raise NotifyError(f"--textfile {path}: its name must end in {_TEXTFILE_SUFFIX}, or node_exporter skips it")
        if path.is_dir() or not os.access(path.parent, os.W_OK):
            raise NotifyError(f"--textfile {path}: {path.parent} is no folder that can be written to")

    def _write_textfile(self, out: Path | None, status: int, seconds: float) -> bool:
        """Whether the numbers stand in the file: those of the output, if there is one, and how the run went.

        The file is replaced as a whole, so that nobody reads half of it.
        """
        if self.textfile is None:
            return True
        path = Path(self.textfile)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        gauges = (
            Gauge("feedwarden_run_seconds", "Seconds that the run took", (), {(): round(seconds, 3)}),
            Gauge("feedwarden_exit_status", "Exit status of the run", (), {(): float(status)}),
            Gauge("feedwarden_run_timestamp_seconds", "When the run began", (), {(): self.begun_at.timestamp()}),
        )
        try:
            numbers = b"" if out is None else (out / PROMETHEUS_PATH).read_bytes()
            aside.write_bytes(numbers + format_gauges(gauges))
            aside.chmod(_TEXTFILE_MODE)
            aside.replace(path)
        except OSError as error:
            log.warning("--textfile %s: cannot be written (%s)", path, error.strerror)
            aside.unlink(missing_ok=True)
            return False
        return True


def _run_to_end(run: Callable[[], Any]) -> int:
    """The exit status with which the run ends the program."""
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else OK
    return OK
