"""Which of the seller's own lists were ever given: only where there is one did that not happen which it lacks."""

from __future__ import annotations

from typing import NamedTuple


class GivenLogs(NamedTuple):
    """Whether any run was given claims, a contact log, and a contact log that says when contacts were resolved."""

    claims: bool = False
    contacts: bool = False
    resolutions: bool = False
