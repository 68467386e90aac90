"""Which free text of a report may be kept and shown: the seller's own, and Amazon's known words.

A cell in the wrong column may hold anybody's name, so what is not known to be Amazon's word is masked. A value is known
where all its words are. Sources: Amazon's order reports, and FORMATS §§1, 5b.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.columns import Column
    from schemas.kind import FileKind

_STATUS_WORDS = (
    "pending unshipped shipping shipped partially partiallyshipped canceled cancelled unfulfillable complete completed "
    "delivered to buyer seller waiting for pick up picked returned returning rejected by at out delivery damaged lost "
    "undeliverable invoiceunconfirmed pendingavailability availability in transit"
)
_SERVICE_WORDS = (
    "standard std expedited exp priority scheduled secondday second day nextday next two twoday one oneday sameday "
    "same freeeconomy free economy international intl domestic dom delivery shipping premium express urgent default "
    "cust pref d2d us uk gb de fr it es jp ca mx au in nl se pl be br ae sa sg tr eu na merchantfulfilled store pickup"
)
_WORDS = {
    "order-status": _STATUS_WORDS,
    "item-status": _STATUS_WORDS,
    "fulfillment-channel": "amazon merchant afn mfn seller",
    "ship-service-level": _SERVICE_WORDS,
    "fulfilled-by": "amazon merchant seller easy ship easyship self selfship afn mfn",
    "return request status": "new pending approved completed closed denied rejected authorized cancelled canceled",
    "return type": "c returns a to z guarantee rejected undeliverable",
    "resolution": (
        "standardrefund replacementissued replacement issued refundatfirstscan manualrefund standard refund at first "
        "scan manual exchange repair none refunded partial"
    ),
}
_PATTERNS = {
    "sales-channel": r"(?:SI |Non-)?Amazon(?:\.[A-Za-z]{2,3}){0,2}(?: [A-Z]{2})?",
}
_SELLERS_OWN = re.compile(r"(?:.*[ _-])?(?:sku|asin|id)|product-name|quantity")


def known_words(name: str) -> str | None:
    """The RE2 pattern of the known values of a text column, in any case; None for a column without such."""
    if name in _WORDS:
        word = f"(?:{'|'.join(_WORDS[name].split())})"
        return f"(?i)^{word}(?:[ _-]+{word})*$"
    return f"(?i)^(?:{_PATTERNS[name]})$" if name in _PATTERNS else None


def may_show(kind: FileKind, column: Column) -> bool:
    """Whether the values of the column may be listed: never what is about a buyer, of a report no free text."""
    if column.personal:
        return False
    is_typed = bool(column.type.readable_by())
    return (
        kind.is_upload or is_typed or column.name in {*_WORDS, *_PATTERNS} or bool(_SELLERS_OWN.fullmatch(column.name))
    )
