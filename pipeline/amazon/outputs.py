"""The parts of published outputs that are to be submitted, as their manifests name them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.amazon.operations import AmazonFault
from pipeline.amazon.parts import CANCELLATION_TYPE, CONFIRMATION_TYPE, Part
from pipeline.model.feed_parts import CANCELLATION_STEM, CONFIRMATION_STEM, EARLIER_FOLDER, FEED_FOLDER
from pipeline.model.output_names import MANIFEST_NAME
from pipeline.utils.file_hash import hash_file

FEED_TYPES = {CONFIRMATION_STEM: CONFIRMATION_TYPE, CANCELLATION_STEM: CANCELLATION_TYPE}
_PART_PATTERN = re.compile(rf"{FEED_FOLDER}/(?:earlier/(?P<run>[^/]+)/)?(?P<name>[^/]+\.tsv)")
_FOLDER_PATTERN = re.compile(r"(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d(?:\.\d+)?)Z(?:-run-\d+)?")


class InvalidOutput(AmazonFault):
    """What was named is no output of a run: one line."""

    exit_status = 2


class FeedChanged(AmazonFault):
    """A feed is not the bytes that its manifest names."""

    exit_status = 2
    code = "AMZ-720"


class PublishedParts(NamedTuple):
    """The parts of an output, those that can be submitted and the names of those that cannot."""

    parts: list[Part]
    others: list[str]


def read_output(output: Path) -> PublishedParts:
    """The parts of an output, each file the one that its manifest names. Raises InvalidOutput, FeedChanged."""
    content = read_manifest(output)
    parts, others = [], []
    for path, sha256 in _list_feeds(content):
        place = output / path
        _check_bytes(place, sha256)
        match = _PART_PATTERN.fullmatch(path)
        name = place.name
        feed_type = FEED_TYPES.get(name.rpartition("-")[0]) if match else None
        if feed_type is None:
            others.append(name)
            continue
        folder = match["run"] if match else None
        parts.append(
            Part(
                sha256=sha256,
                run_id=folder or content["run_id"],
                name=name,
                feed_type=feed_type,
                published_at=_parse_folder(folder) if folder else dt.datetime.fromisoformat(content["as_of"]),
                path=str(place.resolve()),
            )
        )
    return PublishedParts(sorted(parts, key=lambda part: part.sort_key), others)


def read_manifest(output: Path) -> dict[str, Any]:
    """What a run says of its output. Raises InvalidOutput."""
    try:
        content = json.loads((output / MANIFEST_NAME).read_bytes())
        dt.datetime.fromisoformat(content["as_of"])
        return {name: content[name] for name in ("run_id", "as_of", "outputs", "inputs")}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InvalidOutput(f"{output}: is not the output of a run; name the folder of --out") from error


def find_changed(parts: Sequence[Part]) -> list[Part]:
    """Those of the parts whose file is not there any more, or not what was published."""
    return [part for part in parts if not Path(part.path).is_file() or hash_file(Path(part.path)) != part.sha256]


def _list_feeds(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in content["outputs"]:
        if entry["path"].startswith(f"{FEED_FOLDER}/"):
            yield entry["path"], entry["sha256"]


def _check_bytes(place: Path, sha256: str) -> None:
    try:
        found = hash_file(place)
    except OSError as error:
        raise FeedChanged(f"{place}: {error.strerror}; run again (AMZ-720)") from error
    if found != sha256:
        raise FeedChanged(f"{place}: is not the feed that was published; run again (AMZ-720)")


def _parse_folder(folder: str) -> dt.datetime:
    """The as-of of the run that published a part of feeds/earlier/. Raises InvalidOutput."""
    match = _FOLDER_PATTERN.fullmatch(folder)
    if not match:
        raise InvalidOutput(f"{EARLIER_FOLDER}/{folder}: is not named by the as-of of a run")
    return dt.datetime.fromisoformat(f"{match[1]}{match[2]}:{match[3]}:{match[4]}Z")
