"""Where an order is in Seller Central, for the reader to open."""

from __future__ import annotations

import re

from schemas import lists

_ORDER_ID = re.compile(r"[0-9]{3}-[0-9]{7}-[0-9]{7}")


def order_prefix(marketplace: str) -> str:
    """The address of an order of the marketplace but for its id."""
    store = lists.find_marketplace(marketplace)
    host = store.seller_central or f"sellercentral.{store.name.lower()}"
    return f"https://{host}/orders-v3/order/"


def order_url(marketplace: str, order_id: str | None) -> str:
    """The address of the order; empty for what is no order id."""
    return order_prefix(marketplace) + order_id if order_id and _ORDER_ID.fullmatch(order_id) else ""
