"""feeds/earlier/: the parts of earlier runs that nobody is known to have uploaded, carried on from output to output."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.model.feed_parts import EARLIER_FOLDER, FEED_FOLDER, PUBLISHED, STOCK_NAME, PublishedRun
from pipeline.model.output_names import MANIFEST_NAME
from pipeline.model.run_result import RunResult
from pipeline.publish import manifest
from pipeline.publish.feeds import stock
from pipeline.publish.files.output_folder import OutputFolder, WrittenFile
from pipeline.publish.files.output_target import OutputRefused, resolve_target

_PART_PATH = re.compile(rf"{FEED_FOLDER}/(?:earlier/([^/]+)/)?([^/]+\.tsv)")
_READ_BYTES = 1 << 20  # bytes of a part in memory
_SHOWN_DIGITS = 12  # of the id of a run


class HeldPart(NamedTuple):
    """A part that an output holds: its path there, the folder of its run where that is an earlier one, its records."""

    path: str
    folder: str
    name: str
    records: int


class KeptPart(NamedTuple):
    """A part of an earlier run in a new output; ``is_changed`` where it is not what that run has published."""

    run: int
    path: str
    name: str
    is_changed: bool


class HeldFeeds(NamedTuple):
    """The parts that the output of a run holds, as its manifest lists them and the disk still has them."""

    target: Path
    run_id: str
    parts: tuple[HeldPart, ...]


def check_feeds_known(out: str | Path, runs: Sequence[PublishedRun] = (), run_id: str = "") -> None:
    """No feed at ``out`` would be lost: each is of one of the ``runs``, of the run itself, or of one without a ledger.

    Raises OutputRefused where one is not: nobody could say whether it was uploaded.
    """
    held_feeds, folders = _read_held(out), {"", *(run.folder for run in runs)}
    is_known = held_feeds.run_id in {run_id, *(run.run_id for run in runs)}
    lost = [part.path for part in held_feeds.parts if not is_known or part.folder not in folders]
    if lost:
        raise OutputRefused(
            f"{held_feeds.target}: {lost[0]} is of run {held_feeds.run_id[:_SHOWN_DIGITS]}, which the ledger of this "
            "run does not know, and would be lost; give another folder, or name the ledger of that run with --ledger"
        )


def keep_earlier_feeds(folder: OutputFolder, out: str | Path, result: RunResult, run_id: str) -> list[KeptPart]:
    """The parts at ``out`` of other runs that are only published are written again, byte for byte, by run and name.

    A stock feed is left out where this run's own says a newer quantity of every sku in it.
    """
    held_feeds, by_id = _read_held(out), {run.run_id: run for run in result.published_runs}
    by_folder = {run.folder: run for run in result.published_runs}
    runs = {
        part: by_folder.get(part.folder) if part.folder else by_id.get(held_feeds.run_id) for part in held_feeds.parts
    }
    waiting = [
        (run, part)
        for part, run in runs.items()
        if run and run.run_id != run_id and run.find_part(part.name).state == PUBLISHED
        if part.name != STOCK_NAME or not stock.lists_skus(result, held_feeds.target / part.path)
    ]
    return [
        _keep_part(folder, f"{held_feeds.target}/{part.path}", run, part)
        for run, part in sorted(waiting, key=lambda entry: (entry[0].run, entry[1].name))
    ]


def _keep_part(folder: OutputFolder, source: str, run: PublishedRun, part: HeldPart) -> KeptPart:
    path, published_hash = f"{EARLIER_FOLDER}/{run.folder}/{part.name}", run.find_part(part.name).sha256
    if folder.link_file(source, WrittenFile(path, published_hash, part.records)):
        return KeptPart(run.run, path, part.name, False)
    with Path(source).open("rb") as file, folder.create_file(path) as output:
        while data := file.read(_READ_BYTES):
            output.write(data)
        output.rows = part.records
        return KeptPart(run.run, path, part.name, bool(published_hash) and output.hex_digest() != published_hash)


def _read_held(out: str | Path) -> HeldFeeds:
    """The parts at the place; none of a run without a ledger, of which nobody asks what was uploaded."""
    target = resolve_target(out)
    content = _read_manifest(target / MANIFEST_NAME)
    return HeldFeeds(target, str(content.get("run_id", "")), tuple(_list_parts(target, content)))


def _read_manifest(path: Path) -> dict[str, Any]:
    """What the manifest says; nothing where there is none, or of a run without a ledger."""
    data = path.read_bytes() if path.is_file() else b""
    content: dict[str, Any] = manifest.parse_manifest(data) or {}
    has_ledger = isinstance(content.get("ledger"), dict) and content["ledger"].get("before") is not None
    return content if has_ledger else {}


def _list_parts(target: Path, content: dict[str, Any]) -> Iterator[HeldPart]:
    outputs: Sequence[dict[str, Any]] = content.get("outputs", [])
    for entry in outputs:
        match = _PART_PATH.fullmatch(str(entry["path"]))
        if match and match[1] not in (".", "..") and os.path.isfile(f"{target}/{match[0]}"):  # noqa: PTH113  there may be one for every earlier run
            yield HeldPart(match[0], match[1] or "", match[2], int(entry.get("rows", 0)))
