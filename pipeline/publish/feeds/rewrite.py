"""The parts of an earlier run written again, of what the ledger holds of them: the same bytes, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.feed_parts import CANCELLATION_STEM, CONFIRMATION_STEM, FEED_FOLDER, STOCK_NAME, PublishedRun
from pipeline.model.output_names import MANIFEST_NAME
from pipeline.publish import manifest
from pipeline.publish.feeds.uploads import CANCELLATION_FEED, FeedFormat
from pipeline.publish.files import tables
from pipeline.publish.files.atomic_replace import check_output, place_output
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.files.output_target import OutputRefused, resolve_target
from pipeline.utils.instants import format_instant

_COMMAND = "feeds write"  # in the manifest: the folder holds nothing but what can be written again
_ROW_COLUMNS = {  # a column of a feed → the column of the ledger, where that has another name
    "order-item-id": "given_item",
    "amazon-order-item-code": "given_item",
    "cancellation-reason-code": "reason",
}
_STOCK_REASON = "it is true for its moment only; run again with a new stock count"
_OTHER_BYTES = "the ledger does not hold all of it"
_NO_HASH = "it was published before the ledger kept the hash of a part"


class RewriteResult(NamedTuple):
    """The paths written, and why each other part was not, by its name."""

    paths: list[Path]
    missing: dict[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether every part is there that can be uploaded still: a stock feed cannot."""
        return not self.missing.keys() - {STOCK_NAME}


def rewrite_feeds(run: PublishedRun, rows: Mapping[str, pa.Table], out: str | Path) -> RewriteResult:
    """The parts of the run stand in ``out``; ``rows`` are its confirmations and cancellations in the ledger, by table.

    A part is written only where its bytes are those that were published. Raises OutputRefused where ``out`` holds
    anything else, OSError where it cannot be written.
    """
    _check_place(out, run)
    trial = OutputFolder(None)
    missing = dict(_write_parts(trial, run, rows, {part.name for part in run.parts if part.sha256}))
    hashes = {written.path.removeprefix(f"{FEED_FOLDER}/"): written.sha256 for written in trial.list_outputs()}
    missing |= {name: _OTHER_BYTES for name, found in hashes.items() if found != run.find_part(name).sha256}
    missing |= {part.name: _NO_HASH for part in run.parts if not part.sha256}
    sound_names = hashes.keys() - missing.keys()
    if sound_names:
        with place_output(out, run.run_id) as root:
            folder = OutputFolder(root)
            dict(_write_parts(folder, run, rows, sound_names))
            _write_manifest(folder, run)
    return RewriteResult([Path(out) / FEED_FOLDER / name for name in sorted(sound_names)], missing)


def _check_place(out: str | Path, run: PublishedRun) -> None:
    """A new or an empty folder, or one that holds parts of this run written again."""
    check_output(out)
    target = resolve_target(out)
    path = target / MANIFEST_NAME
    content = json.loads(path.read_bytes()) if path.is_file() else {"command": _COMMAND, "run_id": run.run_id}
    if (content.get("command"), content["run_id"]) != (_COMMAND, run.run_id):
        raise OutputRefused(f"{target}: holds other outputs; give a new folder")


def _write_parts(
    folder: OutputFolder, run: PublishedRun, rows: Mapping[str, pa.Table], names: set[str]
) -> Iterator[tuple[str, str]]:
    """Those of the parts named that can be written; of every other the name, and why it cannot."""
    formats = {
        CONFIRMATION_STEM: (FeedFormat(CONFIRMATION_STEM, (run.columns,)), rows["confirmations"]),
        CANCELLATION_STEM: (CANCELLATION_FEED, rows["cancellations"]),
    }
    for name in sorted(names):
        stem, _, number = name.removesuffix(".tsv").rpartition("-")
        if stem not in formats:
            yield name, _STOCK_REASON
            continue
        feed, feed_rows = formats[stem]
        part = feed_rows.filter(pc.equal(feed_rows["feed"], int(number)))
        with folder.create_file(f"{FEED_FOLDER}/{name}") as output:
            output.write(feed.header_bytes)
            tables.write_rows(output, _to_feed_rows(part, feed))


def _to_feed_rows(part: pa.Table, feed: FeedFormat) -> pa.Table:
    """The records of a part as the feed has them: a record that confirms several items is one line."""
    part = part.sort_by("record")
    is_first = np.diff(part["record"].to_numpy(), prepend=-1) > 0
    names = {column: _ROW_COLUMNS.get(column, column.replace("-", "_")) for column in feed.columns}
    return pa.table({column: part[name] for column, name in names.items()}).filter(pa.array(is_first))


def _write_manifest(folder: OutputFolder, run: PublishedRun) -> None:
    content: dict[str, Any] = {
        "command": _COMMAND,
        "as_of": format_instant(run.as_of),
        "ledger": {"before": run.run - 1, "after": run.run},
        "outputs": [written._asdict() for written in folder.list_outputs()],
        "run_id": run.run_id,
    }
    with folder.create_file(MANIFEST_NAME) as output:
        output.write(manifest.encode_json(content))
