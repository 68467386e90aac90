"""Order items of the ledger that no file of tonight speaks of: only time changes them.

They are most of what a large ledger holds, and come a stretch at a time: of each stretch only what a report shows or
a rate counts is kept, and in full only those items of which the ledger is to be told something new.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline import findings, frames, todo
from pipeline.batch import Context
from pipeline.frames import Array
from pipeline.lifecycle import carry, changes, due, state
from pipeline.rules import lifecycle
from pipeline.rules.rule import family, judge
from pipeline.states import NAMES

KEPT = (
    *("order_key", "item_key", "order_id", "order_item_id", "sku", "state", "state_before", "tonight", "listed"),
    *("purchase_date", "released", "promise_date", "confirm_by", "delivery_estimate", "first_seen", "last_seen_before"),
    *("quantity_purchased", "shipped", "quantity_confirmed", "remaining", "fulfillment_channel", "sales_channel"),
    *(
        "quantity_shipped",
        "item_price",
        "shipping_price",
        "currency",
        "ship_country",
        "confirmed_at",
        "tracked",
        "seller_canceled",
        "file",
        "line",
        "record",
    ),
)


class Aged(NamedTuple):
    """Items at as-of (KEPT), those of them that are new to the ledger in full, what there is to say and to do."""

    items: pd.DataFrame
    news: pd.DataFrame
    findings: pd.DataFrame
    todo: pd.DataFrame


def aged(held: pd.DataFrame, gone: Array, context: Context) -> Aged:
    """The ledger's order items as they stand at as-of; ``gone`` are those that a complete report no longer lists."""
    items = changes.delivery_estimate(state.stand(carry.untouched(held), context), context)
    items = changes.nowhere(items)
    changed = changes.changed(items, gone, context)
    rules = [one for one in family(lifecycle) if one.ask]
    return Aged(kept(items), news(items), judge(rules, changed, context.policy), due.reviews(changed, context))


def kept(items: pd.DataFrame) -> pd.DataFrame:
    """What reports and rates need of the items."""
    return frames.frame(frames.table(items, KEPT))


def news(items: pd.DataFrame) -> pd.DataFrame:
    """The items of which the ledger does not know all yet: spoken of tonight, or in another state, or confirmed."""
    now = frames.strings(NAMES, items["state"].to_numpy(np.int64))
    stays = (frames.series(now) == items["state_before"]).fillna(False).to_numpy(bool)
    confirmed, before = (frames.numbers(items[name], 0) for name in ("quantity_confirmed", "confirmed_before"))
    return frames.only(items, frames.flags(items["tonight"]) | ~stays | (confirmed != before))


def together(parts: list[Aged]) -> Aged:
    """All the parts, of which there is at least one, as one."""
    items, new, said, tasks = zip(*parts, strict=True)
    return Aged(frames.stack(items), frames.stack(new), findings.join(list(said)), todo.join(list(tasks)))
