"""A call of the API: its rate, its token, its repetitions, and what its answer means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from pipeline.amazon import answers
from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.clock import AmazonClock
from pipeline.amazon.credentials import Secrets
from pipeline.amazon.event_words import build_event
from pipeline.amazon.http_session import HttpAnswer, HttpRequest, HttpSession
from pipeline.amazon.operations import BadCredentials, Forbidden, RecordEvent, Refused, Throttled, Unreachable, Unsure
from pipeline.amazon.rates import build_buckets
from pipeline.amazon.retries import CallRepeater, FaultyAttempt
from pipeline.amazon.tokens import SECRET_EXPIRED, AccessTokens

T = TypeVar("T")
RESTRICTED_ROLE = "Direct to Consumer Shipping (Restricted)"
_NOTHING_MADE = frozenset({400, 401, 403, 404, 413, 415, 429})  # of createFeed: it was surely refused (SPEC §11.6)


class ApiCall(NamedTuple):
    """An operation, its path, the id it is about, and what is sent."""

    operation: str
    method: str
    path: str
    about: str = ""
    body: Mapping[str, Any] | None = None
    params: Mapping[str, str] | None = None
    restricted_token: str = ""
    patience: float | None = None


class ApiCaller:
    """Calls the API for one account."""

    def __init__(self, account: AmazonAccount, secrets: Secrets, clock: AmazonClock, record_event: RecordEvent) -> None:
        """Nothing is asked yet."""
        self.clock, self.record_event = clock, record_event
        self.session, self.repeater = HttpSession(account.waits, clock), CallRepeater(clock)
        self._endpoint = account.endpoint
        self._buckets = build_buckets(clock.monotonic)
        self._tokens = AccessTokens(account, secrets, self.session, self.repeater)
        self._is_skew_known = False

    def access_token(self) -> str:
        """An access token that is good for a minute at least."""
        token = self._tokens.access_token(self.clock)
        self._check_clock()
        return token

    def ask(self, call: ApiCall, read: Callable[[Mapping[str, Any]], T]) -> T:
        """What ``read`` makes of the answer, asked for until the step's time is over.

        Raises Unreachable, BadCredentials, Forbidden, NotFound, Refused.
        """
        renewals: list[int] = []

        def attempt(number: int) -> T:
            answer = self._send_call(call, number)
            if answers.is_token_expired(answer) and not call.restricted_token and not renewals:
                renewals.append(number)
                self._tokens.drop_token()
                answer = self._send_call(call, number)
            self._judge_answer(call, answer)
            self._check_clock()
            return answers.parse_body(answer, read)

        return self.repeater.repeat_call(call.operation, attempt, call.patience)

    def ask_once(self, call: ApiCall, key: str) -> str:
        """The text of that key in the answer to the one POST that is sent, on a connection of its own.

        Raises Refused where surely nothing was done, with status 401 where another token is needed and 429 where it is
        too early; Unsure where the answer is anything else. What else is raised comes before the POST.
        """
        try:
            self._await_turn(call)
        except Throttled:
            raise Refused(429, "the rate that Amazon allows leaves no call now") from None
        request = self._build_request(call)
        try:
            answer = self.session.send_once(request)
        except (FaultyAttempt, Unreachable) as fault:
            raise Unsure(f"{call.operation}: {fault}: whether Amazon took it is not known (AMZ-724)") from None
        self._note_headers(call, answer)
        if answer.status in _NOTHING_MADE:
            raise self._refusal(answer)
        try:
            return self._read_success(answer, key)
        except FaultyAttempt as fault:
            raise Unsure(f"{call.operation}: {fault}: whether Amazon took it is not known (AMZ-724)") from None

    def _refusal(self, answer: HttpAnswer) -> Refused:
        if answers.is_token_expired(answer):
            self._tokens.drop_token()
            return Refused(401, self.show_reason(answer))
        return Refused(answer.status, self.show_reason(answer))

    @staticmethod
    def _read_success(answer: HttpAnswer, key: str) -> str:
        if not answer.is_success:
            raise FaultyAttempt(f"Amazon answered {answer.status}")
        return answers.parse_body(answer, lambda content: answers.read_text(content, key))

    def show_reason(self, answer: HttpAnswer, *hidden: str) -> str:
        """Amazon's words for an error, without anything secret."""
        return answers.show_reason(answer, (*self._tokens.known_secrets(), *filter(None, hidden)))

    def _send_call(self, call: ApiCall, attempt: int) -> HttpAnswer:
        self._await_turn(call)
        answer = self.session.send_request(self._build_request(call), attempt)
        self._note_headers(call, answer)
        return answer

    def _await_turn(self, call: ApiCall) -> None:
        """The operation's bucket has a call, and gives it."""
        bucket = self._buckets[call.operation]
        self.repeater.wait_until_allowed(call.operation, bucket.seconds_to_wait(), call.patience)
        bucket.take_call()

    def _build_request(self, call: ApiCall) -> HttpRequest:
        headers = {"x-amz-access-token": call.restricted_token or self.access_token(), "Accept": "application/json"}
        content = None
        if call.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(call.body).encode()
        url = self._endpoint + call.path
        return HttpRequest(call.operation, call.method, url, headers, call.about, call.params, content=content)

    def _note_headers(self, call: ApiCall, answer: HttpAnswer) -> None:
        self.clock.set_date(answer.headers.get("date", ""))
        self._buckets[call.operation].lower_rate(answer.headers.get("x-amzn-ratelimit-limit", ""))

    def _judge_answer(self, call: ApiCall, answer: HttpAnswer) -> None:
        """Nothing for an answer that can be used; else what it means is raised."""
        if answers.is_secret_expired(answer):
            raise BadCredentials(f"{SECRET_EXPIRED} (AMZ-703)", "AMZ-703")
        is_restricted = bool(call.restricted_token) or call.operation == "createRestrictedDataToken"
        if is_restricted and answer.status in (401, 403):
            raise Forbidden(f"{call.operation}: Amazon refuses it: the role {RESTRICTED_ROLE} is lacking (AMZ-706)")
        if answer.status == 401:  # noqa: PLR2004
            raise BadCredentials("Amazon refuses a new access token: authorise again in Seller Central (AMZ-701)")
        reason = self.show_reason(answer, call.restricted_token)
        answers.raise_for_status(call.operation, answer, reason, self._buckets[call.operation].rate)

    def _check_clock(self) -> None:
        """AMZ-704 once where this machine's clock is far from Amazon's; ClockWrong where deadlines would be wrong."""
        skew = self.clock.describe_skew()
        if skew and not self._is_skew_known:
            self._is_skew_known = True
            self.record_event(build_event("AMZ-704", "clock", difference=skew))
