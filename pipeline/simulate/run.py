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

from pipeline.simulate import customer_service, markets, stock, unusable_files
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.file_key import FileKey
from pipeline.simulate.files import NIGHTS_FILE, TRUTH_FILE, SimulatedFiles
from pipeline.simulate.night_state import NightState, write_customer_service, write_plain_rows
from pipeline.simulate.order_events import SimulationOptions, World
from pipeline.simulate.processing_reports import FeedCounts
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.write_reports import write_all_orders, write_orders, write_unshipped
from pipeline.simulate.write_uploads import write_cancellations, write_confirmations
from pipeline.utils.instants import format_instant
from pipeline.utils.plural import format_count

ORDERS_PER_CHUNK = 1 << 15  # orders whose lives are simulated at once: memory follows it, not the number of all orders
OrderProgress = Callable[[int], object]


class InvalidSimulation(ValueError):
    """What is asked for cannot be made: one line saying why and what next."""


class SimulationResult(NamedTuple):
    """What was written: rows in all, and how many of them were damaged."""

    rows: int
    damaged: int


def parse_options(marketplaces: str, as_of: dt.datetime, **numbers: Any) -> SimulationOptions:
    """What is asked for; Misused for a marketplace that is not known."""
    codes = tuple(dict.fromkeys(code.strip().upper() for code in marketplaces.split(",")))
    unknown_codes = [code for code in codes if code not in markets.MARKET_CODES]
    if unknown_codes:
        raise InvalidSimulation(
            f"--marketplaces does not know {unknown_codes[0] or 'an empty code'}; "
            f"there are {', '.join(markets.MARKET_CODES)}"
        )
    return SimulationOptions(start=as_of, marketplaces=codes, **numbers)


def ignore_progress(_orders: int) -> None:
    """Progress that is not shown."""


def simulate_seller(
    options: SimulationOptions, output_path: str, progress: OrderProgress = ignore_progress
) -> SimulationResult:
    """The folder written, the same bytes for the same that is asked; Misused where something is in it already."""
    folder = Path(output_path)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidSimulation(f"{output_path} is not an empty folder; name a new one with --out")
    world, feed_counts = World(options), FeedCounts()
    files = SimulatedFiles(folder, world)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for begin in range(0, options.orders, ORDERS_PER_CHUNK):
            chunk = Chunk(world, begin, min(begin + ORDERS_PER_CHUNK, options.orders))
            follow_ups = customer_service.simulate_follow_ups(chunk)
            for night in range(1, options.nights + 1):
                if chunk.orders.purchase[0] <= world.nights.reports_made_at(night):
                    _write_night(
                        pool,
                        files,
                        feed_counts,
                        [NightState(chunk, market_number, night) for market_number in range(len(world.markets))],
                        follow_ups,
                    )
            progress(len(chunk.orders.number))
    for night in range(1, options.nights + 1):
        for market in range(len(world.markets)):
            _write_stock(files, market, night)
    unusable_files.write_unusable_files(files)
    files.finish(feed_counts)
    return SimulationResult(files.row_count, files.damaged_count)


def format_summary(options: SimulationOptions, result: SimulationResult, output_path: str) -> str:
    """What was made, and how the first night of it is run."""
    first_market = options.marketplaces[0].lower()
    as_of = format_instant(options.start)
    night, ledger, output = f"night-001/{first_market}", f"ledger/{first_market}", f"out/night-001/{first_market}"
    return (
        f"{format_count(options.orders, 'order')}, {format_count(options.nights, 'night')}, "
        f"{format_count(result.rows, 'line')} ({result.damaged:,} damaged): {output_path}\n"
        f"{output_path}/{TRUTH_FILE} says which code each of these must get, "
        f"{output_path}/{NIGHTS_FILE} when each folder is to be judged:\n"
        f"  feedwarden run {output_path}/{night} --as-of {as_of} --ledger {ledger} --out {output}"
    )


def _write_night(
    pool: Executor,
    files: SimulatedFiles,
    feed_counts: FeedCounts,
    states: Sequence[NightState],
    follow_ups: customer_service.FollowUps,
) -> None:
    """All markets' files of a night, several at a time: each grows by one hand only, and in the order of the orders."""
    tasks = [
        task
        for state in states
        for task in (
            *(partial(write, files, state) for write in (write_unshipped, write_orders, write_all_orders)),
            partial(write_confirmations, files, state, feed_counts),
            partial(write_cancellations, files, state),
            partial(write_customer_service, files, state, follow_ups),
        )
    ]
    for future in [pool.submit(task) for task in tasks]:
        future.result()


def _write_stock(files: SimulatedFiles, market: int, night: int) -> None:
    cells = stock.stock_cells(files.world, market, night)
    sku_count = len(cells["sku"])
    keys = (night * len(files.world.markets) + market) * sku_count + np.arange(sku_count)
    draws = RandomDraws(files.world.options.seed, keys)
    write_plain_rows(files, FileKey(market, night, "stock"), cells, draws, np.zeros(sku_count, bool))
