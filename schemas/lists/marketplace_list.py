"""Amazon's stores, each with its country, time zone and currency (``marketplaces.toml``)."""

from __future__ import annotations

import difflib
import functools
import tomllib
from importlib import resources
from typing import NamedTuple


class Marketplace(NamedTuple):
    """One of Amazon's stores: its sales channel, ISO 3166-1 alpha-2 country, IANA time zone, ISO 4217 currency.

    ``encoding`` is that of its files that are not UTF-8; ``day_first`` says that their dates have the day before the
    month; ``seller_central`` is the host of the seller's own pages where that is not ``sellercentral.`` and the name.
    """

    name: str
    country: str
    time_zone: str
    currency: str
    encoding: str = "cp1252"
    day_first: bool = False
    seller_central: str = ""


@functools.cache
def read_marketplaces() -> dict[str, Marketplace]:
    """The stores by each of their names' spellings, case folded."""
    text = resources.files("schemas.lists").joinpath("marketplaces.toml").read_text(encoding="utf-8")
    return {
        spelling.casefold(): Marketplace(
            name, **{field.replace("-", "_"): value for field, value in facts.items() if field != "also"}
        )
        for name, facts in tomllib.loads(text).items()
        for spelling in (name, *facts.get("also", ()))
    }


def find_marketplace(name: str) -> Marketplace:
    """The store of a sales channel, in whatever case and spelling; its own name is the list's.

    Raises ``KeyError``, with the nearest names and all there are, for a channel that is no store of Amazon's.
    """
    stores = read_marketplaces()
    if (key := name.strip().casefold()) in stores:
        return stores[key]
    of_country = [
        store.name for store in stores.values() if key in (store.country.casefold(), store.name.rpartition(".")[2])
    ]
    near = of_country or [stores[spelling].name for spelling in difflib.get_close_matches(key, stores, n=3)]
    nearest = f"the nearest is {' or '.join(dict.fromkeys(near))}; " if near else ""
    every = ", ".join(dict.fromkeys(store.name for store in stores.values()))
    raise KeyError(f"{name[:60]!r} is not a marketplace; {nearest}they are {every}")


@functools.cache
def time_zones() -> dict[str, str]:
    """The IANA time zone of each sales channel, keyed by the casefolded channel."""
    return {key: store.time_zone for key, store in read_marketplaces().items()}
