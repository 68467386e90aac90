"""The access token of Login with Amazon: an hour long, in memory only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.answers import PASSING_STATUSES, parse_body, read_text
from pipeline.amazon.clock import AmazonClock
from pipeline.amazon.credentials import Secrets
from pipeline.amazon.http_session import HttpAnswer, HttpRequest, HttpSession
from pipeline.amazon.operations import BadCredentials
from pipeline.amazon.retries import CallRepeater, FaultyAttempt, ThrottledAttempt

_SPARE_SECONDS = 60.0  # before its end a token is renewed
_TOKEN_SECONDS = 3600.0
_REFUSALS = {
    "invalid_client": "Amazon refuses the client id or secret; copy both again from Seller Central",
    "unauthorized_client": "Amazon refuses the client id or secret: this application may not use this refresh token",
    "invalid_grant": "Amazon refuses the refresh token: authorise again in Seller Central",
}
SECRET_EXPIRED = "the client secret has expired: rotate the secret in Seller Central, and wait some minutes"  # noqa: S105


class AccessTokens:
    """The access token, got when it is first needed and renewed before it ends."""

    def __init__(self, account: AmazonAccount, secrets: Secrets, session: HttpSession, repeater: CallRepeater) -> None:
        """No token yet."""
        self._url, self._secrets = account.token_url, secrets
        self._session, self._repeater = session, repeater
        self._token, self._ends_at = "", 0.0

    def access_token(self, clock: AmazonClock) -> str:
        """A token that is good for a minute at least.

        Raises BadCredentials (AMZ-701, AMZ-703) where Amazon refuses the secrets, Unreachable where it does not answer.
        """
        if not self._token or clock.monotonic() > self._ends_at:
            answer = self._repeater.repeat_call("token", self._request_token)
            clock.set_date(answer.headers.get("date", ""))
            content = parse_body(answer, dict)
            self._token = content["access_token"]
            seconds = content.get("expires_in", _TOKEN_SECONDS)
            lifetime = float(seconds) if isinstance(seconds, int | float) else _TOKEN_SECONDS
            self._ends_at = clock.monotonic() + max(lifetime - _SPARE_SECONDS, 0)
        return self._token

    def drop_token(self) -> None:
        """The next call gets a new token."""
        self._token = ""

    def known_secrets(self) -> tuple[str, ...]:
        """What no text may show."""
        return tuple(filter(None, (*self._secrets, self._token)))

    def _request_token(self, attempt: int) -> HttpAnswer:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._secrets.refresh_token,
            "client_id": self._secrets.client_id,
            "client_secret": self._secrets.client_secret,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8", "Accept": "application/json"}
        request = HttpRequest("token", "POST", self._url, headers, content=urlencode(form).encode())
        answer = self._session.send_request(request, attempt)
        if answer.is_success:
            parse_body(answer, lambda content: read_text(content, "access_token"))
            return answer
        raise _judge_refusal(answer)


def _judge_refusal(answer: HttpAnswer) -> Exception:
    """What it means that Amazon gives no token."""
    if answer.status == 429:  # noqa: PLR2004
        return ThrottledAttempt(1)
    if answer.status in PASSING_STATUSES:
        return FaultyAttempt(f"Amazon answered {answer.status}")
    content: Mapping[str, Any]
    try:
        content = dict(json.loads(answer.body))
    except (ValueError, TypeError):
        content = {}
    words = str(content.get("error_description", "")).lower()
    if "secret" in words and "expired" in words:
        return BadCredentials(f"{SECRET_EXPIRED} (AMZ-703)", "AMZ-703")
    code = str(content.get("error", ""))
    refusal = _REFUSALS.get(code, f"Amazon gives no token (status {answer.status})")
    return BadCredentials(f"{refusal} (AMZ-701)")
