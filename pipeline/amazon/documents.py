"""Documents: bytes that go to and come from addresses which Amazon signs, streamed, whole, never changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipeline.amazon import answers
from pipeline.amazon.body_check import BodyCheck, DocumentBroken, gunzip_blocks
from pipeline.amazon.calls import ApiCaller
from pipeline.amazon.hosts import is_allowed_url
from pipeline.amazon.http_session import HttpAnswer, HttpRequest
from pipeline.amazon.operations import AmazonFault, Document, Refused, Unreachable
from pipeline.amazon.retries import FaultyAttempt
from pipeline.utils.file_hash import hash_file

_PRIVATE = 0o600
_MAX_ERROR_BYTES = 1 << 14  # that are read of an answer which is no document


class DocumentExpired(AmazonFault):
    """The signed address of a document is over: another one can be asked for."""

    code = "AMZ-716"


def is_document_url(url: str, endpoint: str) -> bool:
    """Whether a document may be there: https, or what the tests' own endpoint on this machine names."""
    return is_allowed_url(url, may_be_plain=endpoint.startswith("http:"))


def upload_file(caller: ApiCaller, url: str, path: Path, content_type: str) -> None:
    """The file's bytes are at the address. Raises Refused where Amazon refuses them, Unreachable."""
    size = path.stat().st_size
    headers = {"Content-Type": content_type, "Content-Length": str(size)}

    def attempt(number: int) -> None:
        with path.open("rb") as content:
            request = HttpRequest("upload", "PUT", url, headers, path.name, content=content)
            answer = caller.session.send_request(request, number)
        if answer.status in answers.PASSING_STATUSES:
            raise FaultyAttempt(f"the document's host answered {answer.status}")
        if not answer.is_success:
            raise Refused(answer.status, answers.error_of(answer)[0])

    caller.repeater.repeat_call("upload", attempt)


def download_file(caller: ApiCaller, document: Document, target: Path, seconds: float) -> str:
    """The document is at ``target``, whole, fsynced, 0600; the result is the SHA-256 of the bytes that are there.

    It is asked for once: an address serves one attempt. Raises DocumentExpired, DocumentBroken where another address
    may do; OSError where the disk does not take it. ``target`` is not there then.
    """
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    try:
        with os.fdopen(descriptor, "w+b") as output:
            is_coded = _receive_body(caller, document, output, caller.clock.monotonic() + seconds)
            if is_coded:
                _remove_coding(output, target)
        return hash_file(target)
    except FaultyAttempt as fault:
        target.unlink(missing_ok=True)
        raise DocumentBroken(f"a document did not come whole: {fault} (AMZ-716)") from None
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _receive_body(caller: ApiCaller, document: Document, output: IO[bytes], deadline: float) -> bool:
    """The body is in the file; True where HTTP put a gzip of its own around a document that is one already."""
    request = HttpRequest("document", "GET", document.url, {}, document.document_id)
    started = caller.clock.monotonic()
    with caller.session.open_stream(request) as response:
        if response.status_code != 200:  # noqa: PLR2004
            raise _judge_refusal(response.status_code)
        check = BodyCheck(response.headers)
        for chunk in response.iter_raw():
            output.write(chunk)
            check.add_bytes(chunk)
            if caller.clock.monotonic() > deadline:
                raise DocumentBroken("a document took longer than wait.document (AMZ-716)")
        check.check_end()
        output.flush()
        os.fsync(output.fileno())
        answer = HttpAnswer(response.status_code, dict(response.headers), b"", check.size)
    caller.session.log_call(request, answer, 1, started)
    return check.is_coded_twice


def _judge_refusal(status: int) -> AmazonFault:
    if status in (403, 404, 410):
        return DocumentExpired(f"a document: its address is over ({status}) (AMZ-716)")
    if 300 <= status < 400:  # noqa: PLR2004
        return Unreachable(f"a document: its host answers with a redirect ({status}), which is not followed")
    return DocumentBroken(f"a document: its host answered {status} (AMZ-716)")


def _remove_coding(coded: IO[bytes], target: Path) -> None:
    """``target`` holds what was inside of the gzip that HTTP put around the document."""
    aside = target.with_name(target.name + ".inner")
    coded.seek(0)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as output:
            check = BodyCheck({"content-length": "-1"})
            for block in gunzip_blocks(_read_blocks(coded)):
                output.write(block)
                check.add_bytes(block)
            check.check_end()
            output.flush()
            os.fsync(output.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def _read_blocks(content: IO[bytes]) -> Iterator[bytes]:
    while block := content.read(1 << 16):
        yield block
