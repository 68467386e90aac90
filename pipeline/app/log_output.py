"""How the log is written: lines for people, or one JSON object a line (log.schema.json)."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.utils.escape import escape_controls
from pipeline.utils.events import current_run, log

_FORMAT_OPTION, _JSON_FORMAT = "--log-format", "json"
ENVIRONMENT_PREFIX = "FEEDWARDEN"


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The message with nothing in it that a terminal would act on."""
        return escape_controls(super().format(record))


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object a line: time, level, run, event, message, and the numbers of the event."""
        time = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        level = record.levelname.lower()
        head = {
            "time": time.replace("+00:00", "Z"),
            "level": level,
            "run": current_run.get(),
            "event": getattr(record, "event", level),
            "message": record.getMessage(),
        }
        return json.dumps(head | getattr(record, "facts", {}))


def configure_logging(options: Mapping[str, Any]) -> None:
    """Standard error gets the log, in the form and as much of it as the options say.

    Events of the work are for machines, and with ``verbose`` for people.
    """
    is_json = options["log_format"] == _JSON_FORMAT
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if is_json else _PlainFormatter("feedwarden: %(message)s"))
    if not (is_json or options["verbose"]):
        handler.addFilter(lambda record: not hasattr(record, "event") or record.levelno > logging.INFO)
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.ERROR if options["quiet"] else logging.DEBUG if options["verbose"] else logging.INFO)
    current_run.set(None)


def configure_for_usage_error(arguments: Sequence[str]) -> None:
    """The log as the arguments ask for it, which cannot be read as options."""
    log_format = "text"
    for position, argument in enumerate(arguments):
        if argument == _FORMAT_OPTION:
            log_format = next(iter(arguments[position + 1 :]), log_format)
        elif argument.startswith(f"{_FORMAT_OPTION}="):
            log_format = argument.partition("=")[2]
    if _FORMAT_OPTION not in " ".join(arguments) and arguments:
        log_format = os.environ.get(f"{ENVIRONMENT_PREFIX}_{arguments[0].upper()}_LOG_FORMAT", log_format)
    configure_logging({"log_format": log_format, "quiet": False, "verbose": False})
