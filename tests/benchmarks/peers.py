"""Who is measured: feedwarden, and others who do a part of what it does, each a process of its own."""

import shlex
import sys
from pathlib import Path

from tests.benchmarks.measure import Job

_PROGRAM = Path(sys.executable).with_name("feedwarden")
_OPTIONS = shlex.split("--as-of {as_of} --out {out} --quiet")
_FED = "feeds/shipping-confirmation-*.tsv"
_REFUSED_SOME = (0, 1)
_SLOW = 1_000_000  # lines beyond which frictionless and the whole night, of three times as many lines, are not asked
_HUNGRY = 3_000_000  # lines beyond which pandas would take more memory than machines have


def program() -> list[str]:
    """The words that start feedwarden."""
    return [str(_PROGRAM)] if _PROGRAM.exists() else [sys.executable, "-m", "pipeline.cli"]


def _peer(name: str, does: str, most: int | None = None, accepted: str = "feed.tsv") -> Job:
    module = f"tests.benchmarks.peer_{name.replace(' ', '_')}"
    words = (sys.executable, "-m", module, "{orders}", "{confirmation}", "{out}", "{as_of}")
    return Job(name, does, words, accepted=accepted, most=most)


def jobs(command: str | None = None) -> list[Job]:
    """Every job, feedwarden without a ledger first; ``command`` stands in its place if it is given."""
    usual = (*program(), "run", "{orders}", "{confirmation}", *_OPTIONS)
    night = (*program(), "run", "{night}", *_OPTIONS, "--no-ledger")
    without = (*(shlex.split(command) if command else (*usual, "--no-ledger")),)
    return [
        Job("feedwarden", "every rule, every report and output", without, _REFUSED_SOME, _FED),
        Job("with ledger", "the same, and remembers it", (*usual, "--ledger", "{out}-ledger"), _REFUSED_SOME, _FED),
        Job("one job", "the same, one task at a time", (*without, "--jobs", "1"), _REFUSED_SOME, _FED),
        Job("512 MiB", "the same in little memory", (*without, "--memory", "512MiB"), _REFUSED_SOME, _FED),
        Job("whole night", "the same of every file of the night", night, _REFUSED_SOME, _FED, _SLOW),
        _peer("duckdb night", "eleven rules, and all large outputs", accepted=_FED),
        _peer("duckdb", "eleven rules, a feed and a list of errors"),
        _peer("polars", "the same eleven rules"),
        _peer("pandas", "the same, cells by pandera", _HUNGRY),
        _peer("csv", "the same, line by line in Python"),
        _peer("frictionless", "cells only", _SLOW, accepted=""),
    ]
