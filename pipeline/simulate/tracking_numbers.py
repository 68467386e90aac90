"""Tracking numbers that fit their carrier: made of a serial number and, where the carrier has one, its check digit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.simulate import text_columns as text
from pipeline.simulate.markets import Market, SimulatedCarrier
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import TextArray
from pipeline.utils.dtypes import IntArray


def choose_carriers(market: Market, draws: RandomDraws) -> IntArray:
    """Which of the market's carriers takes each parcel."""
    return draws.draw_below("carrier", len(market.carriers))


def build_tracking_numbers(market: Market, carrier_index: IntArray, keys: IntArray, seed: int) -> TextArray:
    """A tracking number of its own for each parcel (key); others for another seed."""
    parts, positions = [], []
    for carrier_number, carrier in enumerate(market.carriers):
        rows = np.flatnonzero(carrier_index == carrier_number)
        parts.append(_carrier_tracking_numbers(carrier, text.scatter_keys(keys[rows], carrier.serial_digits, seed)))
        positions.append(rows)
    return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(positions))))


def has_check_digit(market: Market, carrier_index: IntArray) -> npt.NDArray[np.bool_]:
    """Which parcels have a tracking number with a check digit."""
    return np.array([entry.check is not None for entry in market.carriers])[carrier_index]


def _carrier_tracking_numbers(carrier: SimulatedCarrier, serial_numbers: IntArray) -> TextArray:
    serial_digits = text.split_digits(serial_numbers, carrier.serial_digits)
    tracking_texts = text.join_texts(carrier.prefix, text.zero_pad(serial_numbers, carrier.serial_digits))
    if carrier.check:
        tracking_texts = text.join_texts(
            tracking_texts, text.format_integers(_compute_check_digits(carrier, serial_digits))
        )
    return text.join_texts(tracking_texts, carrier.suffix)


def _compute_check_digits(carrier: SimulatedCarrier, serial_digits: npt.NDArray[np.uint8]) -> IntArray:
    """The digit behind the serial number; of the text before it only digits count."""
    check = carrier.check
    if check is None:
        return np.zeros(len(serial_digits), np.int64)
    prefix_digits = carrier.prefix[len(carrier.prefix) + carrier.serial_digits - len(check.weights) :]
    prefix_table = np.broadcast_to(
        np.array([int(character) for character in prefix_digits], np.int64), (len(serial_digits), len(prefix_digits))
    )
    digit_table = np.hstack([prefix_table, serial_digits.astype(np.int64)])
    total = digit_table @ np.array(check.weights, np.int64) + check.initial_sum
    return np.asarray(np.array(check.digit_by_remainder, np.int64)[total % check.modulus])
