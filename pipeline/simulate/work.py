"""A whole simulation: stretch of orders by stretch, night by night, market by market, each row into its file."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.simulate import care, markets, stock, strays
from pipeline.simulate.answers import Answers
from pipeline.simulate.chance import Chance
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.evening import Evening, plain, write_care
from pipeline.simulate.files import NIGHTS, TRUTH, Files, Place
from pipeline.simulate.lives import Asked, World
from pipeline.simulate.write_reports import write_all_orders, write_orders, write_unshipped
from pipeline.simulate.write_uploads import write_cancellations, write_confirmations

STRETCH = 1 << 15  # orders whose lives are told at once: memory follows it, not the number of all orders
Progress = Callable[[int], object]


class Misused(ValueError):
    """What is asked for cannot be made: one line saying why and what next."""


class Simulated(NamedTuple):
    """What was written: rows in all, and how many of them were damaged."""

    rows: int
    damaged: int


def asked(marketplaces: str, as_of: dt.datetime, **numbers: Any) -> Asked:
    """What is asked for; Misused for a marketplace that is not known."""
    codes = tuple(dict.fromkeys(code.strip().upper() for code in marketplaces.split(",")))
    strange = [code for code in codes if code not in markets.ALL]
    if strange:
        raise Misused(
            f"--marketplaces does not know {strange[0] or 'an empty code'}; there are {', '.join(markets.ALL)}"
        )
    return Asked(start=as_of, marketplaces=codes, **numbers)


def untold(_orders: int) -> None:
    """Progress that nobody watches."""


def simulate(told: Asked, out: str, progress: Progress = untold) -> Simulated:
    """The folder written, the same bytes for the same that is asked; Misused where something is in it already."""
    folder = Path(out)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misused(f"{out} is not an empty folder; name a new one with --out")
    world, answers = World(told), Answers()
    files = Files(folder, world)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for begin in range(0, told.orders, STRETCH):
            chunk = Chunk(world, begin, min(begin + STRETCH, told.orders))
            then = care.after(chunk)
            for night in range(1, told.nights + 1):
                if chunk.orders.purchase[0] <= world.nights.made(night):
                    _night(
                        pool, files, answers, [Evening(chunk, one, night) for one in range(len(world.markets))], then
                    )
            progress(len(chunk.orders.number))
    for night in range(1, told.nights + 1):
        for market in range(len(world.markets)):
            _stock(files, market, night)
    strays.write_strays(files)
    files.finish(answers)
    return Simulated(files.rows, files.damaged)


def summary(told: Asked, made: Simulated, out: str) -> str:
    """What was made, and how the first night of it is run."""
    first = told.marketplaces[0].lower()
    as_of = told.start.isoformat().replace("+00:00", "Z")
    return (
        f"{told.orders:,} orders, {told.nights:,} nights, {made.rows:,} lines ({made.damaged:,} damaged): {out}\n"
        f"{out}/{TRUTH} says which code each of these must get, {out}/{NIGHTS} when each folder is to be judged:\n"
        f"  feedwarden run {out}/night-001/{first} --as-of {as_of} --ledger ledger/{first} --out out/night-001/{first}"
    )


def _night(pool: Executor, files: Files, answers: Answers, evenings: Sequence[Evening], then: care.After) -> None:
    """All markets' files of a night, several at a time: each grows by one hand only, and in the order of the orders."""
    tasks = [
        task
        for evening in evenings
        for task in (
            *(partial(write, files, evening) for write in (write_unshipped, write_orders, write_all_orders)),
            partial(write_confirmations, files, evening, answers),
            partial(write_cancellations, files, evening),
            partial(write_care, files, evening, then),
        )
    ]
    for done in [pool.submit(task) for task in tasks]:
        done.result()


def _stock(files: Files, market: int, night: int) -> None:
    cells = stock.stock(files.world, market, night)
    size = len(cells["sku"])
    keys = (night * len(files.world.markets) + market) * size + np.arange(size)
    chance = Chance(files.world.asked.seed, keys)
    plain(files, Place(market, night, "stock"), cells, chance, np.zeros(size, bool))
