"""The same of orders before there is a claim: who waits, what is owed, what a claim would cost; and the rate of all."""

from __future__ import annotations

from decimal import Decimal

from tests.claims import made, oracle
from tests.claims.oracle_orders import asked_on, is_done, is_part
from tests.claims.oracle_times import CONTACT_RESPONSE, NO_REPLY, ODR_WINDOW, money, read

NO_CLAIM = dict.fromkeys(made.columns("claims"), "")
NOWHERE = {"canceled", "pending"}  # states in which nobody could file a claim


def is_claimed(order):
    return bool(order.claims) or any(row["A-to-Z Claim"] == "Y" for row in order.all_returns)


def judge(order):
    """The codes found about an order, and its lines of the worklist: (action, code, due, overdue, item, amount)."""
    if order.claims:
        return set(), []
    if is_claimed(order):
        return {"CLM-419"}, [("answer-claim", "CLM-419", order.clock.as_of, False, "", None)]
    lines = [(*line, "", None) for line in (waits(order), resolves(order)) if line]
    lines += [("refund", "CLM-420", None, False, item, missing) for item, missing in owed(order)]
    return {line[1] for line in lines if line[0] in ("reply", "refund")}, lines


def waits(order):
    """The line of a buyer who has no reply: (action, code, due, overdue)."""
    states = order.states()
    canceled, nowhere = states == {"canceled"}, order.known and states <= NOWHERE
    said = [
        (read(row["sent-date"]), order.is_done and row["channel"] == "return-request")
        for row in order.talk
        if row["direction"] == "buyer" and (nowhere or row["topic"] != "address")
    ]
    wrote = bool(said)
    said += [(asked_on(row), is_done(row)) for row in order.returns]
    waiting = [when for when, done in said if not done and not order.replies(when)]
    if canceled:
        in_stock = any(item.get("sku") == made.IN_STOCK for item in order.items.values())
        return due("invite", "LIF-211", order, waiting if wrote and in_stock else [])
    return due(*(("refer", "LIF-210") if nowhere else ("reply", "CLM-401")), order, waiting)


def resolves(order):
    """The line of a contact that has a reply, and about which buyer and seller have not agreed."""
    if not (order.world.resolves and order.world.talks) or (order.known and order.states() <= NOWHERE):
        return None
    clock, done = order.clock, order.is_done
    agreed = [read(row["resolved-date"]) for row in order.world.talk[order.id] if row["resolved-date"]]
    agreed = [clock.last(when) for when in agreed if clock.happened(when)]
    said = [row for row in order.talk if row["direction"] == "buyer" and row["topic"] != "address"]
    said = [read(row["sent-date"]) for row in said if not (done and row["channel"] == "return-request")]
    replied = [when for when in said if order.replies(when)]
    return due(
        "resolve", "CLM-401", order, [when for when in replied if clock.first(when) > max(agreed, default=clock.never)]
    )


def due(action, code, order, contacts):
    """The line of the first of some contacts."""
    if not contacts:
        return None
    first = min(contacts, key=order.clock.first)
    return action, code, order.clock.first(first) + CONTACT_RESPONSE, order.clock.over(first, CONTACT_RESPONSE)


def owed(order):
    """(item, what is missing of its refund) of what came back and was not paid back in full."""
    found = []
    for item in dict.fromkeys(row["Order Item ID"] for row in order.all_returns):
        rows = [row for row in order.all_returns if row["Order Item ID"] == item]
        back = [row for row in rows if order.came_back([row]) and not row["Resolution"].startswith("Replacement")]
        if order.is_amazons or not back:
            continue
        paid = max((money(row["Refunded Amount"]) for row in rows if row["Refunded Amount"]), default=None)
        whole = None if is_part(back[-1]) else came_to(order, item, back[-1]["Currency code"])
        if not paid or (whole is not None and paid < whole):
            found.append((item, None if whole is None else whole - (paid or 0)))
    return found


def came_to(order, item, currency):
    """What is to be refunded for an item: what the order came to where the return may be all of it."""
    is_one_of_many = len(order.items) > 1 and item in order.items
    if is_one_of_many or len(order.all_returns) > 1:
        items = [order.items[item]] if is_one_of_many else []
    elif order.told() is not None:
        return order.told()
    else:
        items = order.items.values()
    return order.total(items)[0] if order.is_comparable(currency) else None


def is_in_window(order):
    if not order.known or order.is_amazons:
        return False
    bought = read(next(iter(order.items.values())).get("purchase-date"))
    return order.clock.as_of - ODR_WINDOW <= bought <= order.clock.as_of


def exposed(order):
    """By which codes Amazon would grant a claim at once."""
    closed = {"canceled", "auto-canceled"}
    dead = [
        item.state(order.clock.as_of) in closed and not (item.sent or item.before_us) for item in order.items.values()
    ]
    pending = [item.state(order.clock.as_of) == "pending" for item in order.items.values()]
    if not is_in_window(order) or is_claimed(order) or all(map(any, zip(dead, pending, strict=True))):
        return set()
    claim = oracle.Claim(order, NO_CLAIM)
    unsent = claim.is_nothing_sent and any(item.promise and item.promise < order.clock.as_of for item in claim.items)
    silent = any(
        order.silences(order.asked(kind, certain=True), NO_REPLY[order.world.policy])
        for kind in ("not-received", "not-as-described")
    )
    estimate = claim.estimate()
    table = {
        "CLM-402": claim.lacks_tracking() or unsent,
        "CLM-403": silent,
        "CLM-404": claim.was_late(),
        "CLM-405": claim.is_nothing_sent and estimate is not None and estimate < order.clock.day(order.clock.as_of),
    }
    return {code for code, holds in table.items() if holds}


def exposure(orders):
    """By code, and for any of them, how many orders would be lost, and what they came to."""
    found = {code: {"orders": 0, "amount_unknown": 0, "amounts": {}} for code in (*oracle.AUTOMATIC, "any")}
    for order in orders.values():
        reasons = exposed(order)
        worth = order.total(order.items.values())[1]
        currency = next(iter(order.items.values())).get("currency") if order.known else ""
        for totals in [found[code] for code in (*reasons, "any")] if reasons else ():
            totals["orders"] += 1
            if worth is None or not currency:
                totals["amount_unknown"] += 1
            else:
                totals["amounts"][currency] = totals["amounts"].get(currency, Decimal(0)) + worth
    for totals in found.values():
        totals["amounts"] = {currency: f"{amount:.2f}" for currency, amount in totals["amounts"].items()}
    return found


def has_defect(order):
    """Whether negative feedback or a chargeback stands."""
    clock = order.clock
    rows = [row for row in order.world.judged_of[order.id] if clock.happened(read(row["defect-date"]))]
    return any(not clock.happened(read(row["removed-date"])) for row in rows)


def rate(world, orders, counts):
    """The order defect rate: ``counts`` says of each order how each of its claims counts."""
    within = [order for order in orders.values() if is_in_window(order)]
    lost = {order.id for order in within if "yes" in counts[order.id] or has_defect(order)}
    at_risk = {order.id for order in within if "at-risk" in counts[order.id]} - lost
    given = {row["defect-type"] for row in world.rows["defects"]} if world.judged else set()
    parts = {"claims": bool(world.rows["claims"]), "feedback": "negative-feedback" in given}
    parts["chargebacks"] = "chargeback" in given
    until = next(more for more in range(len(within) + 1) if (len(lost) + more) * 100 >= len(within))
    return {
        "numerator": len(lost),
        "denominator": len(within),
        "at_risk": len(at_risk),
        "defects_until_target": until,
        "rate": round(len(lost) / len(within), 6),
        "worst_case_rate": round((len(lost) + len(at_risk)) / len(within), 6),
        "known": sorted(name for name, known in parts.items() if known),
    }
