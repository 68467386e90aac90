"""manifest.json: what a run was given, what it wrote, and the number that both make."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import importlib.metadata
import json
import platform
from typing import Any

from pipeline import __version__
from pipeline.batch import Context
from pipeline.publish.output import Folder
from pipeline.publish.text import shown
from pipeline.ready import Ready

NAME = "manifest.json"
_DIGITS = 32  # of a run's number
_LIBRARIES = ("jinja2", "pandas", "pandera", "pyarrow", "pygal")


def run_id(ready: Ready, **also: Any) -> str:
    """The run's number, 32 hexadecimal digits: the same for the same inputs, policy, account, as-of and ledger.

    ``also`` is what else makes it another: an audit is no run.
    """
    told = _told(ready.context) | {
        "inputs": [[shown(plan.source.name), plan.sha256] for plan in ready.plans],
        "ledger": ready.before,
        **also,
    }
    told["policy"] = told["policy"]["sha256"]  # by whatever name
    return hashlib.sha256(_json(told)).hexdigest()[:_DIGITS]


def write(folder: Folder, ready: Ready, run: str) -> None:
    """The manifest is written: it lists every other file of the folder, and so comes last."""
    before = ready.before
    told = _told(ready.context) | {
        "run_id": run,
        "inputs": _inputs(ready),
        "ledger": {"before": before, "after": None if before is None else before + 1},
        "outputs": [one._asdict() for one in folder.outputs()],
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES}
        | {"python": ".".join(platform.python_version_tuple()[:2])},
    }
    with folder.file(NAME) as output:
        output.write(_json(told))


def as_of(context: Context) -> str:
    """As-of in UTC, as it stands in every output."""
    return context.as_of.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def listed(text: bytes) -> set[str] | None:
    """The paths that a manifest lists, itself included; None where the text is not a manifest."""
    try:
        told = json.loads(text)
        return {NAME, *(str(one["path"]) for one in told["outputs"])} if told["run_id"] else None
    except (ValueError, LookupError, TypeError):
        return None


def _told(context: Context) -> dict[str, Any]:
    return {
        "account": dataclasses.asdict(context.account),
        "as_of": as_of(context),
        "encoding": context.encoding,
        "policy": {"name": context.policy.name, "sha256": context.policy.sha256},
        "version": __version__,
    }


def _inputs(ready: Ready) -> list[dict[str, Any]]:
    return [
        {
            "name": shown(plan.source.name),
            "kind": plan.kind.name if plan.kind else None,
            "sha256": plan.sha256,
            "bytes": plan.size,
            "encoding": plan.encoding,
            "refused": plan.refused,
            **dataclasses.asdict(tally),
        }
        for plan, tally in zip(ready.plans, ready.tallies, strict=True)
    ]


def _json(told: Any) -> bytes:
    return (json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
