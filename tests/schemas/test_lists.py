"""The closed lists: complete, exact, and consistent with one another."""

import re
import subprocess
import sys
import zoneinfo
from pathlib import Path

import pytest

from schemas import lists

ROOT = Path(__file__).resolve().parents[2]
FAMILIES = {
    *("dhl", "dhl-ecommerce", "dhl-express", "dhl-paket"),
    *("fedex", "royal-mail", "ups", "upu", "usps"),
}


def test_carrier_codes_are_all_there_once():
    codes = lists.carrier_codes()
    assert len(codes) == len(set(codes)) == 397
    assert codes[0] == "UPS"
    assert "TransaragonÃ©s" in codes  # garbled in Amazon's schema, and so to be written garbled


def test_carrier_codes_are_those_of_the_sample(samples):
    of_schema = (samples / "carrier-codes.txt").read_text(encoding="utf-8").splitlines()
    assert list(lists.carrier_codes())[: len(of_schema)] == of_schema


def test_every_carrier_has_its_source_and_the_day_it_was_seen():
    assert all(len(carrier.source) > 10 for carrier in lists.carriers())
    assert {carrier.seen.isoformat() for carrier in lists.carriers()} == {"2021-09-05", "2026-11-23", "2026-11-27"}
    assert all(name not in lists.carrier_codes() or name == "Hermes UK" for name in lists.former_carrier_names())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("TUFFNELLS", "Tuffnells"), ("DX FREIGHT", "DX Freight"), ("Fedex", "FedEx"), ("Purolator", "PUROLATOR")),
        *(("Colis Privé", "Colis Prive"), ("Yanwen", "YANWEN"), ("NACEX", "Nacex")),
    ],
)
def test_of_two_spellings_both_stand(one, other):
    assert {one, other} <= set(lists.carrier_codes())
    assert (lists.carrier_spelling()(one), lists.carrier_spelling()(other)) == (one, other)


def test_case_variants_are_values_of_their_own():
    folded = lists.carrier_by_casefold()
    assert {"NACEX", "Nacex", "SENDLE", "Sendle"} <= set(lists.carrier_codes())
    assert not {"nacex", "sendle", "at post", "geodis", "colis prive", "france express", "fercam"} & set(folded)
    assert folded["royal mail"] == "Royal Mail"
    assert all(code.casefold() == fold for fold, code in folded.items())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UPS", "UPS"),
        ("ups", "UPS"),
        ("fedEX", None),
        ("evri", "Evri"),
        ("NACEX", "NACEX"),
        ("nacex", None),
        ("Pigeon", None),
    ],
)
def test_carrier_spelling(text, code):
    assert lists.carrier_spelling()(text) == code
    readable = lists.readable_carriers()
    assert (text in readable or text.casefold() in readable) == (code is not None)


def test_families_of_carriers_have_formats():
    assert set(lists.carrier_family().values()) == FAMILIES
    assert all(lists.tracking_formats(family) for family in FAMILIES)
    assert lists.closed_families() < FAMILIES
    assert set(lists.carrier_family()) <= set(lists.carrier_codes())
    assert not lists.other_carriers() & set(lists.carrier_family())


def test_other_carriers():
    assert lists.other_carriers() == {"Other", "Otro", "Andere", "Sonstige"}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_tracking_formats_are_sound(family):
    formats = lists.tracking_formats(family)
    assert [bool(one.check_digit) for one in formats] == sorted(
        (bool(one.check_digit) for one in formats), reverse=True
    )
    for one in formats:
        assert family in one.families
        assert set(one.families) <= FAMILIES
        assert re.compile(one.pattern)
        assert "\\d" not in one.pattern
        if one.check_digit:
            assert len(one.check_digit.digit_by_remainder) == one.check_digit.modulus
            assert set(one.check_digit.digit_by_remainder) <= set(range(10))
            assert len(one.check_digit.letter_values) in {0, 26}


def test_no_formats_for_an_unknown_family():
    assert lists.tracking_formats("pigeon") == ()


def test_marketplaces_are_whole():
    zones = lists.time_zones()
    stores = {lists.find_marketplace(channel) for channel in zones}
    assert len(stores) == 23
    assert {store.currency for store in stores} <= lists.currency_codes()
    assert {store.country for store in stores} <= lists.country_codes()
    assert len({store.country for store in stores}) == 23
    assert all(zoneinfo.ZoneInfo(zone) for zone in zones.values())
    assert all(channel == channel.casefold() for channel in zones)


@pytest.mark.parametrize(
    ("channel", "zone"),
    [
        ("Amazon.com", "America/Los_Angeles"),
        ("Amazon.ca", "America/Los_Angeles"),
        ("Amazon.com.mx", "America/Mexico_City"),
        ("Amazon.co.uk", "Europe/London"),
        ("Amazon.de", "Europe/Berlin"),
        ("Amazon.co.jp", "Asia/Tokyo"),
        ("Amazon.com.au", "Australia/Sydney"),
        ("Amazon.in", "Asia/Kolkata"),
    ],
)
def test_time_zones_of_the_spec(channel, zone):
    assert lists.time_zones()[channel.casefold()] == zone
    assert lists.find_marketplace(channel).time_zone == zone


def test_marketplace_in_any_spelling():
    belgium = lists.Marketplace("Amazon.com.be", "BE", "Europe/Brussels", "EUR")
    assert lists.find_marketplace("amazon.COM.be") == lists.find_marketplace(" Amazon.be ") == belgium
    assert lists.find_marketplace("Amazon.co.uk").country == "GB"


def test_unknown_marketplace_names_the_nearest():
    with pytest.raises(KeyError, match=r"'Amazon\.co\.kr' is not a marketplace; the nearest is .*Amazon\.co"):
        lists.find_marketplace("Amazon.co.kr")
    with pytest.raises(KeyError, match="'§' is not a marketplace; they are "):
        lists.find_marketplace("§")


@pytest.mark.parametrize(("country", "store"), [("US", "Amazon.com"), ("de", "Amazon.de"), ("UK", "Amazon.co.uk")])
def test_a_country_in_place_of_a_marketplace_names_its_store(country, store):
    with pytest.raises(KeyError, match=rf"the nearest is {store}; they are"):
        lists.find_marketplace(country)


def test_every_marketplace_is_listed_where_one_is_unknown():
    with pytest.raises(KeyError) as unknown:
        lists.find_marketplace("XX")
    listed = unknown.value.args[0].partition("they are ")[2].split(", ")
    assert len(listed) == len(set(listed))
    assert set(listed) == {lists.find_marketplace(channel).name for channel in lists.time_zones()}


def test_speeds_are_ordered_and_each_spelling_has_one():
    levels, methods = lists.speed_ranks()
    order = ["economy", "standard", "expedited", "secondday", "nextday", "sameday"]
    assert [levels[level] for level in order] == [1, 2, 3, 4, 5, 6]
    assert levels["freeeconomy"] == levels["economy"]
    assert set(methods.values()) == set(levels.values())
    assert all(re.fullmatch("[a-z0-9]+", spelling) for spelling in (*levels, *methods))
    spelled = [
        one
        for line in (ROOT / "schemas/lists/ship_speeds.toml").read_text().splitlines()
        if not line.startswith(("#", "name", "levels"))
        for one in re.findall('"([^"]+)"', line)
    ]
    assert len(spelled) == len(set(spelled)) == len(methods)


@pytest.mark.parametrize("unranked", ["scheduled", "express", "priority", "1stclass", "royalmail24", ""])
def test_what_has_no_plain_speed_has_no_rank(unranked):
    assert all(unranked not in ranks for ranks in lists.speed_ranks())


@pytest.mark.parametrize(
    ("method", "level"),
    [
        ("ground", "standard"),
        ("firstclass", "standard"),
        ("fedexgroundeconomy", "economy"),
        ("ups3dayselect", "expedited"),
        ("2nddayair", "secondday"),
        ("twoday", "secondday"),
        ("nextdayair", "nextday"),
        ("overnight", "nextday"),
    ],
)
def test_plain_speeds(method, level):
    levels, methods = lists.speed_ranks()
    assert methods[method] == levels[level]


def test_currencies_and_countries_are_the_current_ones():
    assert {"USD", "EUR", "GBP", "JPY", "TRY"} <= lists.currency_codes()
    assert not {"DEM", "usd", ""} & lists.currency_codes()
    assert {"US", "GB", "DE", "JP"} <= lists.country_codes()
    assert not {"UK", "DD", "us", ""} & lists.country_codes()


def test_lists_load_without_what_is_heavy():
    code = "import sys, schemas.lists as l; l.carrier_codes(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"pandas", "numpy", "pyarrow", "pycountry", "pipeline"} & set(loaded.stdout.split())
