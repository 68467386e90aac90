"""Judges half a million claims with two million contacts, beside pyarrow reading the same files as text.

``python -m tests.benchmarks.claims`` prints both times and their ratio, each run in turn in one process.

*Judged* is everything that the stage of the claims does in a night: it begins with the typed rows of claims, contacts
and returns as pass one gives them, with the order items and with the confirmations, and ends with the finished frame of
the claims, all findings about them and about buyers who wait, the lines of the worklist, and the order defect rate.
Reading and typing the files, putting orders and confirmations together, and writing the outputs are not in it, as they
are done for any kind of file. *Read* is ``pyarrow.csv`` over the claims and the contacts, every column as text. Both
use every core.
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from pyarrow import csv

from pipeline import claims as claims_stage
from pipeline import policy
from pipeline.app.resources import DEFAULT_MEMORY
from pipeline.engine import allocator
from pipeline.ingest import sources
from pipeline.model import account
from pipeline.model.run_context import RunContext
from pipeline.passes import bucket_input
from tests import whole

AS_OF = "2026-03-10T07:00:00Z"
_SPAN = 29 * 86_400  # seconds over which orders were purchased
_COLUMNS = (
    "claim-id order-id claim-type claim-date claim-amount currency info-requested-date info-answered-date refund-date "
    "refund-amount withdrawn-date decision decision-date funded-by appeal-date delivered-date returned-date"
).split()


def orders(number: np.ndarray) -> pa.Array:
    """The order ids of the numbers."""
    return pa.array(
        np.char.add("111-", np.char.add(_digits(number // 10**7), np.char.add("-", _digits(number % 10**7))))
    )


def _digits(number: np.ndarray) -> np.ndarray:
    return np.char.zfill(number.astype(str), 7)


def instants(seconds: np.ndarray) -> pa.Array:
    """Instants as text, so many seconds before as-of."""
    now = np.datetime64(dt.datetime.fromisoformat(AS_OF).replace(tzinfo=None), "s")
    return pa.array(np.char.add(np.datetime_as_string(now - seconds.astype("timedelta64[s]")), "Z"))


def some(pick: np.random.Generator, share: float, text: pa.Array) -> pa.Array:
    """The texts, empty but for that share of them."""
    return pa.array(np.where(pick.random(len(text)) < share, text.to_numpy(zero_copy_only=False), ""))


def make(folder: Path, claims: int, contacts: int) -> None:
    """The files: an order a claim, its confirmation, its claim and on average some contacts."""
    pick = np.random.default_rng(1)
    number = np.arange(claims)
    bought = pick.integers(15 * 86_400, _SPAN, claims)
    ids, items = orders(number), pa.array(np.char.add("1000000", _digits(number)))
    blank = pa.array([""] * claims)
    write(
        folder / "orders.txt",
        {
            "order-id": ids,
            "order-item-id": items,
            "purchase-date": instants(bought),
            "sku": pa.array(["SKU-1"] * claims),
            "quantity-purchased": pa.array(["1"] * claims),
            "currency": pa.array(["USD"] * claims),
            "item-price": pa.array(["19.98"] * claims),
            "ship-country": pa.array(pick.choice(["US", "CA"], claims)),
            "latest-ship-date": instants(bought - 2 * 86_400),
            "latest-delivery-date": instants(bought - 6 * 86_400),
        },
    )
    shipped = pa.array(
        np.char.partition(instants(bought - 86_400).to_numpy(zero_copy_only=False).astype(str), "T")[:, 0]
    )
    write(
        folder / "confirmation.txt",
        {
            "order-id": ids,
            "order-item-id": items,
            "quantity": pa.array(["1"] * claims),
            "ship-date": shipped,
            "carrier-code": pa.array(["OnTrac"] * claims),
            "carrier-name": blank,
            "tracking-number": some(pick, 0.95, pa.array(np.char.add("TRACK", number.astype(str)))),
        },
    )
    filed = bought - 10 * 86_400
    received = pick.random(claims) < 0.5
    kinds = np.where(received, "not-received", pick.choice(["not-as-described", "not-refunded"], claims))
    told = dict.fromkeys(_COLUMNS, blank)
    told |= {"claim-id": pa.array(np.char.add("K", number.astype(str))), "order-id": ids, "claim-date": instants(filed)}
    told |= {
        "claim-type": pa.array(kinds),
        "claim-amount": pa.array(pick.choice(["19.98", "9.99"], claims)),
        "currency": pa.array(["USD"] * claims),
        "info-requested-date": some(pick, 0.1, instants(filed // 2)),
        "withdrawn-date": some(pick, 0.1, instants(filed // 2)),
        "delivered-date": some(pick, 0.95, instants(bought - np.where(pick.random(claims) < 0.9, 5, 8) * 86_400)),
        "returned-date": some(pick, 0.1, instants(filed // 2)),
    }
    decided = pick.random(claims) < 0.5
    for name, values in (
        ("decision", pa.array(pick.choice(["granted", "denied"], claims))),
        ("decision-date", instants(filed // 3)),
        ("funded-by", pa.array(pick.choice(["seller", "amazon"], claims))),
    ):
        told[name] = pa.array(np.where(decided, values.to_numpy(zero_copy_only=False), ""))
    write(folder / "claims.txt", told)
    about, turn = np.arange(contacts) % claims, np.arange(contacts) // claims
    asked = bought[about] - 7 * 86_400 - turn // 2 * 86_400 // 2  # a question a turn, and mostly a reply in time
    late = np.where(pick.random(contacts) < 0.9, 3_600, 50 * 3_600)
    write(
        folder / "contacts.txt",
        {
            "contact-id": pa.array(np.char.add("C", np.arange(contacts).astype(str))),
            "order-id": ids.take(pa.array(about)),
            "sent-date": instants(np.maximum(asked - turn % 2 * late, 1)),
            "direction": pa.array(np.where(turn % 2, "seller", "buyer")),
            "channel": pa.array(np.where(received[about], "message", "return-request")),
            "topic": pa.array(np.where(turn % 2, "item", "delivery")),
        },
    )


def write(path: Path, columns: dict[str, pa.Array]) -> None:
    """The columns as a flat file."""
    with path.open("wb") as file:
        file.write(("\t".join(columns) + "\n").encode())
        csv.write_csv(
            pa.table(columns), file, csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
        )


def read(folder: Path) -> float:
    """Seconds that pyarrow takes to read claims and contacts as text."""
    begin = time.perf_counter()
    for name in ("claims.txt", "contacts.txt"):
        header = (folder / name).open(encoding="utf-8").readline().rstrip("\n").split("\t")
        kinds = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()))
        csv.read_csv(
            folder / name, parse_options=csv.ParseOptions(delimiter="\t", quote_char=False), convert_options=kinds
        )
    return time.perf_counter() - begin


def measure(folder: Path, claims: int, times: list[float]) -> None:
    """A whole night over the files; the seconds that judging the claims takes are put into ``times``."""

    def timed(work):
        def judged(*args):
            begin = time.perf_counter()
            result = work(*args)
            times[-1] += time.perf_counter() - begin
            return result

        return judged

    allocator.keep_freed_memory(DEFAULT_MEMORY)  # as every run does
    times.append(0.0)
    kept = claims_stage.evaluate_claims, bucket_input.gather_inputs
    claims_stage.evaluate_claims = timed(claims_stage.evaluate_claims)
    bucket_input.gather_inputs = timed(bucket_input.gather_inputs)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            context = RunContext(dt.datetime.fromisoformat(AS_OF), account.Account(), policy.load_policy("amazon"))
            judged = whole.settle(sources.discover_sources([str(folder)], scratch), context)
        if len(judged.claims.rows) != claims:
            message = f"{len(judged.claims.rows):,} claims were judged, not {claims:,}"
            raise click.ClickException(message)
    finally:
        claims_stage.evaluate_claims, bucket_input.gather_inputs = kept


@click.command()
@click.option("--claims", type=click.IntRange(min=1), default=500_000, show_default=True)
@click.option("--contacts", type=click.IntRange(min=1), default=2_000_000, show_default=True)
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True)
def main(claims: int, contacts: int, repeat: int) -> None:
    """Compare judging claims with reading the files they stand in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, claims, contacts)
        reads, times = [], []
        for _ in range(repeat):
            reads.append(read(folder))
            measure(folder, claims, times)
    ratios = [judged / reading for judged, reading in zip(times, reads, strict=True)]
    click.echo(f"{claims:,} claims, {contacts:,} contacts")
    click.echo(f"reading as text with pyarrow  {statistics.median(reads):.2f} s")
    click.echo(f"judging                       {statistics.median(times):.2f} s")
    click.echo(f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main(prog_name="python -m tests.benchmarks.claims")
