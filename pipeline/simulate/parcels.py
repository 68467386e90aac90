"""Tracking numbers that fit their carrier: made of a serial number and, where the carrier has one, its check digit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.simulate import text
from pipeline.simulate.chance import Chance, Ints
from pipeline.simulate.markets import Carrier, Market
from pipeline.simulate.text import Text


def carriers(market: Market, chance: Chance) -> Ints:
    """Which of the market's carriers takes each parcel."""
    return chance.below("carrier", len(market.carriers))


def numbers(market: Market, carrier: Ints, keys: Ints, seed: int) -> Text:
    """A tracking number of its own for each parcel (key); others for another seed."""
    made, back = [], []
    for place, one in enumerate(market.carriers):
        at = np.flatnonzero(carrier == place)
        made.append(_numbers(one, text.apart(keys[at], one.serial, seed)))
        back.append(at)
    return pa.concat_arrays(made).take(pa.array(np.argsort(np.concatenate(back))))


def checked(market: Market, carrier: Ints) -> npt.NDArray[np.bool_]:
    """Which parcels have a tracking number with a check digit."""
    return np.array([one.check is not None for one in market.carriers])[carrier]


def _numbers(carrier: Carrier, serial: Ints) -> Text:
    values = text.digits(serial, carrier.serial)
    made = text.join(carrier.head, text.padded(serial, carrier.serial))
    if carrier.check:
        made = text.join(made, text.numbers(_check_digit(carrier, values)))
    return text.join(made, carrier.tail)


def _check_digit(carrier: Carrier, serial: npt.NDArray[np.uint8]) -> Ints:
    """The digit behind the serial number; of the text before it only digits count."""
    check = carrier.check
    if check is None:
        return np.zeros(len(serial), np.int64)
    before = carrier.head[len(carrier.head) + carrier.serial - len(check.weights) :]
    known = np.broadcast_to(np.array([int(sign) for sign in before], np.int64), (len(serial), len(before)))
    counted = np.hstack([known, serial.astype(np.int64)])
    total = counted @ np.array(check.weights, np.int64) + check.initial_sum
    return np.asarray(np.array(check.digit_by_remainder, np.int64)[total % check.modulus])
