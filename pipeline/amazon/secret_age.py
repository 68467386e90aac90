"""The age of the client secret, which Amazon refuses after 180 days."""

from __future__ import annotations

from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.operations import Clock
from pipeline.amazon.session import Session
from pipeline.model.severity import ERROR, WARNING

_WARN_DAYS, _EXPIRY_DAYS = 150, 180


def describe_secret_age(account: AmazonAccount, clock: Clock) -> str:
    """What there is to say of the secret's age; an empty text where nothing is, or its age is not known."""
    days = _age_in_days(account, clock)
    return f"it is {days} days old, and Amazon refuses it after {_EXPIRY_DAYS}" if days >= _WARN_DAYS else ""


def report_secret_age(session: Session) -> None:
    """AMZ-703 where the secret is old: a warning from day 150 on, an error from day 180."""
    reason = describe_secret_age(session.account, session.clock)
    if reason:
        is_over = _age_in_days(session.account, session.clock) >= _EXPIRY_DAYS
        session.report_event("AMZ-703", "client secret", ERROR if is_over else WARNING, reason=reason)


def _age_in_days(account: AmazonAccount, clock: Clock) -> int:
    created = account.secret_created
    return (clock.amazon_time().date() - created).days if created else 0
