"""Peer: the same eleven rules as ``peer_duckdb.py``, line by line with the csv module and dictionaries.

usage: peer_csv.py ORDERS CONFIRMATION OUT_DIR AS_OF
"""

import csv
import datetime as dt
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

CARRIERS = Path(__file__).resolve().parents[2] / "schemas" / "lists" / "carriers.tsv"
STORE = ZoneInfo("America/Los_Angeles")
ORDER, ITEM, UNITS = (re.compile(one) for one in ("[0-9]{3}-[0-9]{7}-[0-9]{7}", "[0-9]{11,20}", "[0-9]{1,9}"))
SAME = "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number".split()
FEED = [*SAME, "ship-method"]
FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S")
WITHIN = dt.timedelta(days=30)
Row = dict[str, str]
Sold = dict[tuple[str, str], tuple[int, dt.datetime]]


def tsv(path: str) -> Iterator[tuple[int, Row]]:
    """Every line that has as many cells as the header at most, with its number."""
    with Path(path).open(encoding="utf-8", errors="replace", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(lines)
        for number, cells in enumerate(lines, 2):
            if len(cells) <= len(header):
                yield number, dict(zip(header, cells, strict=False))


def day(text: str) -> dt.date | None:
    """A date in one of the forms that are taken."""
    for form in FORMS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=STORE).date()
        except ValueError:
            continue
    return None


def known(path: str) -> tuple[Sold, Sold]:
    """What remains and when it was bought, by order and item, and by whole order (item empty)."""
    items: Sold = {}
    orders: Sold = {}
    for _, row in tsv(path):
        try:
            left = int(row["quantity-purchased"]) - int(row["quantity-shipped"])
            bought = dt.datetime.fromisoformat(row["purchase-date"]).astimezone(STORE)
        except (ValueError, KeyError):
            continue
        items[row["order-id"], row["order-item-id"]] = left, bought
    for (order, _), (left, bought) in items.items():
        before = orders.get((order, ""), (0, bought))
        orders[order, ""] = before[0] + left, max(before[1], bought)
    return items, orders


def fault(  # noqa: PLR0911 - one line a rule, in their order
    row: Row, sold: tuple[Sold, Sold], carriers: frozenset[str], seen: set[tuple[str, ...]], now: dt.datetime
) -> str:
    """The code of the first rule that a row breaks, empty where it breaks none."""
    order, item, quantity = row["order-id"], row.get("order-item-id", ""), row.get("quantity", "")
    if not ORDER.fullmatch(order) or (item and not ITEM.fullmatch(item)):
        return "FMT-002"
    shipped = day(row.get("ship-date", ""))
    if shipped is None:
        return "FMT-003"
    if quantity and not (UNITS.fullmatch(quantity) and int(quantity)):
        return "FMT-004"
    if row.get("carrier-code") not in carriers:
        return "FMT-006"
    items, orders = sold
    if (order, "") not in orders:
        return "SHP-101"
    found = items.get((order, item)) if item else orders[order, ""]
    if found is None:
        return "SHP-102"
    if now > found[1] + WITHIN:
        return "SHP-110"
    same = tuple(row.get(name, "") for name in SAME)
    if same in seen:
        return "SHP-107"
    seen.add(same)
    if shipped < found[1].date():
        return "SHP-108"
    return "SHP-109" if shipped > now.date() else ""


def main(orders: str, confirmation: str, out: str, as_of: str) -> None:
    """Judge the confirmation by the orders, and write what passed and what did not."""
    Path(out).mkdir(parents=True, exist_ok=True)
    sold, seen = known(orders), set[tuple[str, ...]]()
    carriers = frozenset(row["code"] for _, row in tsv(str(CARRIERS)))
    now = dt.datetime.fromisoformat(as_of).astimezone(STORE)
    asked, rows = Counter[tuple[str, str]](), []
    for line, row in tsv(confirmation):
        code = fault(row, sold, carriers, seen, now)
        key = row["order-id"], row.get("order-item-id", "")
        if not code:
            left = (sold[0] if key[1] else sold[1])[key][0]
            asked[key] += int(row.get("quantity") or left)
        rows.append((line, row, code))
    with (
        Path(out, "feed.tsv").open("w", encoding="utf-8") as feed,
        Path(out, "errors.tsv").open("w", encoding="utf-8") as errors,
    ):
        feed.write("\t".join(FEED) + "\n")
        errors.write("line\torder-id\torder-item-id\tcode\n")
        for line, row, code in rows:
            key = row["order-id"], row.get("order-item-id", "")
            over = not code and asked[key] > (sold[0] if key[1] else sold[1])[key][0]
            if code or over:
                errors.write(f"{line}\t{key[0]}\t{key[1]}\t{code or 'SHP-106'}\n")
            else:
                feed.write("\t".join(row.get(name, "") for name in FEED) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:5])
