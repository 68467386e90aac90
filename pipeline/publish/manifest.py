"""manifest.json: what a run was given, what it wrote, and the number that both make."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Sequence
from typing import Any

from pipeline import __version__
from pipeline.model.file_plan import FilePlan
from pipeline.model.output_names import MANIFEST_NAME
from pipeline.model.run_context import RunContext
from pipeline.model.run_result import RunResult
from pipeline.publish.files import text_pieces
from pipeline.publish.files.cells import escape_name
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils.instants import format_instant

_RUN_ID_LENGTH = 32  # of a run's number
_LIBRARIES = ("icalendar", "jinja2", "pandas", "pandera", "prometheus_client", "pyarrow", "pygal")


def compute_run_id(context: RunContext, plans: Sequence[FilePlan], last_run: int | None, **extra: Any) -> str:
    """The run's number, 32 hexadecimal digits: the same for the same inputs, policy, account, as-of and ledger.

    ``last_run`` is the number of the last run remembered. ``extra`` is what else makes it another: an audit is no run.
    """
    identity = _describe_context(context) | {
        "inputs": [[escape_name(plan.source.name), plan.sha256] for plan in plans],
        "ledger": last_run,
        **extra,
    }
    identity["policy"] = identity["policy"]["sha256"]  # by whatever name
    return hashlib.sha256(encode_json(identity)).hexdigest()[:_RUN_ID_LENGTH]


def write_manifest(folder: OutputFolder, result: RunResult, run_id: str) -> None:
    """The manifest is written: it lists every other file of the folder, and so comes last."""
    run_before = result.last_run
    content = _describe_context(result.context) | {
        "run_id": run_id,
        "inputs": _describe_inputs(result),
        "ledger": {"before": run_before, "after": None if run_before is None else run_before + 1},
        "outputs": [written._asdict() for written in folder.list_outputs()],
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES}
        | {"python": ".".join(platform.python_version_tuple()[:2])},
    }
    with folder.create_file(MANIFEST_NAME) as output:
        text_pieces.write_json(output, content)


def format_as_of(context: RunContext) -> str:
    """As-of in UTC, as it stands in every output."""
    return format_instant(context.as_of)


def parse_manifest(data: bytes) -> dict[str, Any] | None:
    """What a manifest says; None where the text is not a manifest."""
    try:
        content: dict[str, Any] = json.loads(data)
        _list_paths(content)
        return content if content["run_id"] else None
    except (ValueError, LookupError, TypeError):
        return None


def parse_output_paths(data: bytes) -> set[str] | None:
    """The paths that a manifest lists, itself included; None where the text is not a manifest."""
    content = parse_manifest(data)
    return {MANIFEST_NAME, *_list_paths(content)} if content else None


def _list_paths(content: Any) -> list[str]:
    return [str(entry["path"]) for entry in content["outputs"]]


def parse_run_id(data: bytes) -> str | None:
    """The id of the run that a manifest is of; None where the text is not a manifest."""
    return str(json.loads(data)["run_id"]) if parse_output_paths(data) else None


def _describe_context(context: RunContext) -> dict[str, Any]:
    return {
        "account": context.account.settings(),
        "as_of": format_as_of(context),
        "encoding": context.encoding,
        "policy": {"name": context.policy.name, "sha256": context.policy.sha256},
        "version": __version__,
    }


def _describe_inputs(result: RunResult) -> list[dict[str, Any]]:
    return [
        {
            "name": escape_name(plan.source.name),
            "kind": plan.kind.name if plan.kind else None,
            "sha256": plan.sha256,
            "bytes": plan.size,
            "encoding": plan.encoding,
            "refused": plan.refusal_code,
            **dataclasses.asdict(tally),
        }
        for plan, tally in zip(result.plans, result.tallies, strict=True)
    ]


def encode_json(content: Any) -> bytes:
    """The content as it stands in a file, always in the same order."""
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(
        "utf-8", "backslashreplace"
    )
