"""The files beside the outputs of several accounts: the page, the worklist and the manifest over all of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.model.output_names import MANIFEST_NAME
from pipeline.publish.accounts.joint_page import render_page
from pipeline.publish.accounts.outcome import AccountOutcome
from pipeline.publish.files import tables
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.files.output_target import OutputRefused
from pipeline.publish.manifest import encode_json
from pipeline.publish.page.render import PAGE_PATH
from pipeline.utils.instants import format_instant

JOINT_WORKLIST_PATH = "worklist.tsv"
_NEW_SUFFIX = ".new"


def check_accounts_output(out: str | Path) -> None:
    """The place is new, empty, or the output of a run over several accounts. Raises OutputRefused."""
    folder = Path(out)
    if "://" in str(out):
        raise OutputRefused(f"{out}: the output must be a local folder; copy it elsewhere from there")
    try:
        if not folder.exists() or (folder.is_dir() and (not any(folder.iterdir()) or _read_manifest(folder))):
            return
    except OSError as error:
        raise OutputRefused(f"{out}: cannot be read ({error.strerror}); give another folder") from error
    what = "is not the output of a run over several accounts" if folder.is_dir() else "is a file"
    raise OutputRefused(f"{out}: {what}; give a new folder")


def _read_manifest(folder: Path) -> bool:
    """Whether the folder has the manifest of a run over several accounts, or is of one that has not written it yet."""
    path = folder / MANIFEST_NAME
    if not path.is_file():
        return all((entry / MANIFEST_NAME).is_file() or entry.name.startswith(".") for entry in folder.iterdir())
    try:
        return "accounts" in json.loads(path.read_bytes())
    except (ValueError, TypeError):
        return False


def write_accounts_output(
    out: Path, outcomes: Sequence[AccountOutcome], worklist: pa.Table, as_of: dt.datetime, time_zone: str | None
) -> Path:
    """The three files are written, each in the place of its predecessor; the path of the page."""
    out.mkdir(parents=True, exist_ok=True)
    identity = [[outcome.name, outcome.run_id] for outcome in outcomes]
    values = {"as_of": format_instant(as_of), "time_zone": time_zone}
    folder = OutputFolder(out)
    for path in (JOINT_WORKLIST_PATH, PAGE_PATH, MANIFEST_NAME):
        (out / f"{path}{_NEW_SUFFIX}").unlink(missing_ok=True)
    tables.write_report(folder, f"{JOINT_WORKLIST_PATH}{_NEW_SUFFIX}", [worklist])
    with folder.create_file(f"{PAGE_PATH}{_NEW_SUFFIX}") as output:
        output.write(render_page(outcomes, worklist, values | {"worklist_path": JOINT_WORKLIST_PATH}).encode())
    content: dict[str, Any] = values | {
        "run_id": hashlib.sha256(encode_json([identity, time_zone])).hexdigest()[:32],
        "accounts": [dataclasses.asdict(outcome) for outcome in outcomes],
        "outputs": [
            written._replace(path=written.path.removesuffix(_NEW_SUFFIX))._asdict() for written in folder.list_outputs()
        ],
    }
    with folder.create_file(f"{MANIFEST_NAME}{_NEW_SUFFIX}") as output:
        output.write(encode_json(content))
    for path in (JOINT_WORKLIST_PATH, PAGE_PATH, MANIFEST_NAME):
        os.replace(out / f"{path}{_NEW_SUFFIX}", out / path)  # noqa: PTH105  the same, and its name says so
    return out / PAGE_PATH
