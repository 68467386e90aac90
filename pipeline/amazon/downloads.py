"""A document as it should lie on the disk: asked for until it came whole, each time at an address of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.amazon.body_check import DocumentBroken
from pipeline.amazon.documents import DocumentExpired
from pipeline.amazon.operations import Clock, Document, Operations

_MAX_DOWNLOADS = 4  # of one document
_ADDRESS_SECONDS = 240.0  # an address is used for no longer than this


def save_document(operations: Operations, clock: Clock, find_document: Callable[[], Document], target: Path) -> str:
    """The document is at ``target``, a file aside, whole and fsynced; the result is its SHA-256.

    ``find_document`` asks Amazon for a new address before every attempt. Raises DocumentBroken (AMZ-716) where none
    brought it whole, DocumentExpired where a second address was refused too.
    """
    expired = 0
    for number in range(1, _MAX_DOWNLOADS + 1):
        try:
            return _download_fresh(operations, clock, find_document, target)
        except DocumentExpired:
            expired += 1
            if expired > 1:
                raise
        except DocumentBroken:
            if number == _MAX_DOWNLOADS:
                raise
            clock.sleep(2.0 ** (number - 1))
    raise DocumentBroken("a document did not come whole (AMZ-716)")


def _download_fresh(operations: Operations, clock: Clock, find_document: Callable[[], Document], target: Path) -> str:
    asked_at = clock.monotonic()
    document = find_document()
    if clock.monotonic() - asked_at > _ADDRESS_SECONDS:  # the answer was waited for: its address may be nearly over
        document = find_document()
    return operations.download_document(document, target)
