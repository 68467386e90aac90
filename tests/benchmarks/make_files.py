"""A made-up seller's evening: an Unshipped Orders report, and the confirmations of a part of it.

Nothing here is real: names and places are invented, telephone numbers are of the kind kept for fiction, tracking
numbers only have a right check digit. The same seed gives the same bytes. Clean ship-dates are not before the
purchase in UTC either, so that a yardstick that knows no time zones agrees on every row.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tests.benchmarks import AS_OF, BAD, CONFIRMATION, POOLS, REPORT

__all__ = ["AS_OF", "write"]

Ints: TypeAlias = npt.NDArray[np.int64]
Texts: TypeAlias = npt.NDArray[np.bytes_]
Label: TypeAlias = tuple[str, str, tuple[int, ...], Callable[[Ints], Ints], str]

LATE = 5  # per cent of orders whose promised day may have passed; in real reports nearly none
CHUNK, POOL, DAY = 250_000, 20_000, 86_400
NOW = int(datetime.fromisoformat(AS_OF).timestamp())
OLDEST = NOW - 20 * DAY
HOURS = [datetime.fromtimestamp(s, ZoneInfo("America/Los_Angeles")) for s in range(OLDEST - DAY, NOW + 9 * DAY, 3600)]
OFFSETS = np.array([int((hour.utcoffset() or timedelta()).total_seconds()) for hour in HOURS])
TODAY = int(NOW + OFFSETS[(NOW - OLDEST + DAY) // 3600]) // DAY
S10 = [5, 0, *range(9, 0, -1)]  # check digit of a postal item, by its sum
LABELS: dict[str, Label] = {  # text; head and serial are weighed, the sum gives the check digit; tail
    "UPS": ("1Z", "41779203", (1, 2) * 7 + (1,), lambda total: -total % 10, ""),
    "USPS": ("", "94001", (3, 1) * 10 + (3,), lambda total: -total % 10, ""),
    "FedEx": ("", "", (3, 1, 7) * 3 + (3, 1), lambda total: total % 11 % 10, ""),
    "Royal Mail": ("RN", "", (8, 6, 4, 2, 3, 5, 9, 7), lambda total: np.take(S10, total % 11), "GB"),
    "DHL": ("", "", tuple(10**power for power in range(8, -1, -1)), lambda total: total % 7, ""),
}


class Book(NamedTuple):
    """What both files say of an order line: the digits of its ids, its quantity, the second of its purchase."""

    order: Ints
    item: Ints
    bought: Ints
    purchase: Ints

    def at(self, rows: slice | Ints) -> "Book":
        """Only these rows."""
        return Book(*(column[rows] for column in self))


def _book(lines: int, rng: np.random.Generator) -> Book:
    sizes = rng.choice(3, lines, p=(0.9, 0.05, 0.05)) + 1
    orders = int(np.searchsorted(np.cumsum(sizes), lines)) + 1
    of = np.repeat(np.arange(orders), sizes[:orders])[:lines]
    order = rng.choice(10**14, orders, replace=False) + rng.integers(111, 115, orders) * 10**14
    item = 10**13 + 2 * rng.choice(45 * 10**12, lines, replace=False)  # even: an odd one is in no order
    bought = rng.choice(5, lines, p=(0.8, 0.1, 0.05, 0.03, 0.02)) + 1
    return Book(order[of], item, bought, np.sort(rng.integers(OLDEST, NOW - 3600, orders))[of])


def _digits(numbers: Ints, width: int) -> Ints:
    return numbers[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10


def _text(*parts: Ints | str) -> Texts:
    """Columns of digits, and fixed text between them, as one text a row."""
    rows = max(len(part) for part in parts if not isinstance(part, str))
    signs = [np.frombuffer(part.encode(), np.uint8) if isinstance(part, str) else part + ord("0") for part in parts]
    joined = np.hstack([np.broadcast_to(part, (rows, part.shape[-1])).astype(np.uint8) for part in signs])
    return np.ascontiguousarray(joined).view(f"S{joined.shape[1]}")[:, 0]


def _order_ids(orders: Ints) -> Texts:
    digits = _digits(orders, 17)
    return _text(digits[:, :3], "-", digits[:, 3:10], "-", digits[:, 10:])


def _dates(days: Ints) -> Texts:
    return np.datetime_as_string(days.astype("datetime64[D]")).astype(np.bytes_)


def _tracking(carrier: str, rows: int, rng: np.random.Generator) -> Texts:
    text, head, weights, check, tail = LABELS[carrier]
    width = len(weights) - len(head)
    serial = _digits(10 ** (width - 1) + rng.choice(9 * 10 ** (width - 1), rows, replace=False), width)
    known = sum(int(digit) * weight for digit, weight in zip(head, weights, strict=False))
    return _text(text + head, serial, check(known + serial @ np.array(weights[len(head) :]))[:, None], tail)


def _offsets(seconds: Ints) -> Ints:
    return OFFSETS[(seconds - OLDEST + DAY) // 3600]


def _instants(seconds: Ints, zone: pa.Array | str = "+00:00") -> pa.Array:
    text = pc.replace_substring(pa.array(seconds, pa.timestamp("s")).cast("string"), " ", "T")
    return pc.binary_join_element_wise(text, zone, "")


def _lines(*cells: Any) -> pa.Array:  # numpy or arrow columns, or one text for all rows
    columns = [pa.array(cell).cast("string") if isinstance(cell, np.ndarray) else cell for cell in cells]
    return pc.binary_join_element_wise(*columns, "\t")


def _pool(rng: np.random.Generator, template: str, *words: Sequence[object]) -> pa.Array:
    """Made-up values, from which the rows take theirs."""
    picks = [[some[pick] for pick in rng.integers(len(some), size=POOL)] for some in words]
    return pa.array([template.format(*value) for value in zip(range(POOL), *picks, strict=True)])


def _report(book: Book, pools: dict[str, pa.Array], newest: int) -> pa.Array:
    key = (book.order.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)).astype(np.int64)
    letters = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", np.uint8)[key[:, None] >> np.arange(0, 60, 5) & 31]
    keys = dict(zip(pools, (key >> shift for shift in range(0, 28, 4)), strict=True)) | {"goods": book.item // 2}
    taken = {name: pools[name].take(pa.array(keys[name] % POOL)) for name in pools}
    local = book.purchase + _offsets(book.purchase)
    zone = pa.array(np.where(_offsets(book.purchase) == OFFSETS.max(), "-07:00", "-08:00"))
    day = np.where((key >> 30) % 100 < LATE, local // DAY + 1 + key % 3, TODAY + key % 5) + 1
    promise = day * DAY - _offsets(day * DAY) - 1
    return _lines(
        *(_order_ids(book.order), _text(_digits(book.item, 14)), _instants(book.purchase), _instants(local, zone)),
        *(_instants(book.purchase + 1800), _instants(promise), (newest + 1800 - promise) // DAY),
        pc.binary_join_element_wise(pa.array(letters.view("S12")[:, 0]).cast("string"), "@marketplace.amazon.com", ""),
        *(taken["name"], taken["phone"], taken["goods"], book.bought, "0", book.bought, taken["service"]),
        *(taken["name"], taken["street"], taken["place"], taken["trade"], "\r\n"),
    )


def _damage(cells: dict[str, Texts], book: Book, dirty: float, rng: np.random.Generator) -> None:
    rows = rng.permutation(len(book.order))
    hurt = np.array_split(rows[: round(len(rows) * dirty)], 10)
    for column, part in zip(BAD, hurt, strict=False):
        cells[column][part] = rng.choice(BAD[column], len(part))
    cells["order-id"][hurt[4]] = _order_ids(book.order[hurt[4]] % 10**14 + 199 * 10**14)
    cells["order-item-id"][hurt[5]] = _text(_digits(book.item[hurt[5]] + 1, 14))
    cells["ship-date"][hurt[6]] = _dates(book.purchase[hurt[6]] // DAY - 2)
    cells["ship-date"][hurt[7]] = _dates(TODAY + 1 + hurt[7] % 9)
    cells["quantity"][hurt[8]] = (book.bought[hurt[8]] + 1 + hurt[8] % 3).astype("S4")
    for texts in cells.values():
        texts[hurt[9]] = texts[rows[::-1][: len(hurt[9])]]


def _confirmation(book: Book, dirty: float, rng: np.random.Generator) -> Iterator[pa.Array]:
    rows, first = len(book.order), book.purchase // DAY
    cells = {
        "order-id": _order_ids(book.order),
        "order-item-id": _text(_digits(book.item, 14)),
        "quantity": book.bought.astype("S4"),
        "ship-date": _dates(first + (rng.random(rows) * (TODAY + 1 - first)).astype(np.int64)),
        "carrier-code": np.array(list(LABELS), "S12")[rng.integers(len(LABELS), size=rows)],
        "carrier-name": np.zeros(rows, "S1"),
        "tracking-number": np.zeros(rows, "S22"),
        "ship-method": np.array([b"", b"Ground"])[rng.integers(2, size=rows)],
    }
    for carrier in LABELS:
        mine = cells["carrier-code"] == carrier.encode()
        cells["tracking-number"][mine] = _tracking(carrier, int(mine.sum()), rng)
    _damage(cells, book, dirty, rng)
    for start in range(0, rows, CHUNK):
        yield pc.binary_join_element_wise(_lines(*(cell[start : start + CHUNK] for cell in cells.values())), "\n", "")


def _save(path: Path, header: str, parts: Iterable[pa.Array]) -> Path:
    with path.open("wb") as file:
        file.write(header.replace(" ", "\t").encode())
        for lines in parts:
            file.write(lines.buffers()[2][: pc.sum(pc.binary_length(lines)).as_py()])
    return path


def write(folder: Path, order_lines: int, confirmations: int, dirty: float = 0.02, seed: int = 1) -> tuple[Path, Path]:
    """Put both files into the folder: the report with its lines, the confirmation with a share of damaged ones."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    book, pools = _book(order_lines, rng), {name: _pool(rng, *recipe) for name, recipe in POOLS.items()}
    parts = (book.at(slice(start, start + CHUNK)) for start in range(0, order_lines, CHUNK))
    report = (_report(part, pools, int(book.purchase[-1])) for part in parts)
    confirmed = book.at(rng.permutation(order_lines)[:confirmations])
    orders = _save(folder / "unshipped.txt", REPORT, report)
    return orders, _save(folder / "confirmation.txt", CONFIRMATION, _confirmation(confirmed, dirty, rng))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
