"""What Amazon's answers mean: the status, the error in the body, the records in it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pipeline.amazon.http_session import HttpAnswer
from pipeline.amazon.operations import AmazonReport, Feed, Forbidden, NotFound, Refused, Unreachable
from pipeline.amazon.retries import FaultyAttempt, ThrottledAttempt

T = TypeVar("T")
PASSING_STATUSES = frozenset({408, 500, 502, 503, 504})  # those that may pass: the call is repeated
_XML_CODE_PATTERN = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
_REASON_PATTERN = re.compile(r"[^A-Za-z0-9 .,:;_'()-]+")  # what is not shown of Amazon's words
_MAX_REASON = 160  # characters


def parse_body(answer: HttpAnswer, read: Callable[[Mapping[str, Any]], T]) -> T:
    """What ``read`` makes of the object in the body; FaultyAttempt where it is no JSON, or lacks what is needed."""
    try:
        return read(_parse_object(answer.body))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise FaultyAttempt(f"the answer ({answer.status}) is not what Amazon's model says") from None


def _parse_object(body: bytes) -> Mapping[str, Any]:
    content = json.loads(body)
    if not isinstance(content, dict):
        raise TypeError
    return content


def read_text(content: Mapping[str, Any], key: str) -> str:
    """The text of that key; KeyError or TypeError where there is none."""
    value = content[key]
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def error_of(answer: HttpAnswer) -> tuple[str, str]:
    """Code and message of the error in the body; empty texts where it has none."""
    try:
        errors = _parse_object(answer.body).get("errors")
    except (ValueError, TypeError, RecursionError):
        match = _XML_CODE_PATTERN.search(answer.body)
        return (match[1].decode() if match else "", "")
    error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    return str(error.get("code", "")), " ".join(str(error[key]) for key in ("message", "details") if error.get(key))


def is_token_expired(answer: HttpAnswer) -> bool:
    """Whether Amazon refuses the access token: another one may do."""
    return answer.status == 401 or (answer.status == 403 and "expired" in error_of(answer)[1].lower())  # noqa: PLR2004


def is_secret_expired(answer: HttpAnswer) -> bool:
    """Whether Amazon says that the client secret is past its 180 days."""
    words = error_of(answer)[1].lower()
    return "secret" in words and "expired" in words


def show_reason(answer: HttpAnswer, hidden: tuple[str, ...] = ()) -> str:
    """Amazon's code and words for an error, short, and without anything that is ``hidden``."""
    code, words = error_of(answer)
    for secret in hidden:
        code, words = code.replace(secret, "…"), words.replace(secret, "…")
    words = words.split("http", 1)[0]
    return _REASON_PATTERN.sub(" ", f"{code} {words}".strip())[:_MAX_REASON].strip()


def raise_for_status(operation: str, answer: HttpAnswer, reason: str, rate: float) -> None:
    """Nothing for 2xx; else what the status means. ``rate`` is that of the operation, in calls a second."""
    if answer.is_success:
        return
    if answer.status == 429:  # noqa: PLR2004
        raise ThrottledAttempt(max(1 / rate, _retry_after(answer)))
    if answer.status in PASSING_STATUSES:
        raise FaultyAttempt(f"Amazon answered {answer.status}")
    if answer.status == 403:  # noqa: PLR2004
        raise Forbidden(f"{operation}: Amazon refuses it (403 {reason}): a role or an authorization is lacking")
    if answer.status == 404:  # noqa: PLR2004
        raise NotFound(f"{operation}: Amazon does not know it (404)")
    if not 400 <= answer.status < 500:  # noqa: PLR2004
        raise Unreachable(f"{operation}: Amazon answered {answer.status}")
    raise Refused(answer.status, reason)


def _retry_after(answer: HttpAnswer) -> float:
    """Seconds of the header Retry-After; 0 where it has no number."""
    value = answer.headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() else 0.0


def read_report(content: Mapping[str, Any]) -> AmazonReport:
    """The report in the answer; KeyError, TypeError or ValueError where it is none."""
    return AmazonReport(
        report_id=read_text(content, "reportId"),
        report_type=read_text(content, "reportType"),
        status=read_text(content, "processingStatus"),
        created=read_instant(content, "createdTime"),
        document_id=content.get("reportDocumentId") or "",
        marketplaces=tuple(content.get("marketplaceIds") or ()),
    )


def read_feed(content: Mapping[str, Any]) -> Feed:
    """The feed in the answer; KeyError, TypeError or ValueError where it is none."""
    return Feed(
        feed_id=read_text(content, "feedId"),
        feed_type=read_text(content, "feedType"),
        status=read_text(content, "processingStatus"),
        created=read_instant(content, "createdTime"),
        marketplaces=tuple(content.get("marketplaceIds") or ()),
        result_document_id=content.get("resultFeedDocumentId") or "",
    )


def read_instant(content: Mapping[str, Any], key: str) -> dt.datetime:
    """The instant of that key, in UTC."""
    instant = dt.datetime.fromisoformat(read_text(content, key))
    return (instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)


def format_time(instant: dt.datetime) -> str:
    """An instant as Amazon's parameters have it, to the second."""
    return f"{instant.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
