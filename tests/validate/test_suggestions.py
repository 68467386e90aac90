"""A value of a list is suggested only where it is near, and a carrier always has a way out."""

import functools

import pytest

from pipeline.validate import suggestions
from schemas import lists
from tests import tables

WAY_OUT = (
    "Or write Other with a carrier-name; a code that Amazon takes in your marketplace is added in account.toml, "
    "[carriers] also."
)


NEAR = [
    ("YunExpress", "Yun Express"),
    ("Royal Mali", "Royal Mail"),
    ("RoyaI Mai", "Royal Mail"),
    ("Othr", "Other"),
    ("U.P.S.", "UPS"),
    ("fedEX", "FedEx or Fedex"),
    ("nacex", "NACEX or Nacex"),
    ('"UPS"', "UPS"),
    ("myHermes", "Evri"),
    ("TNT Post", "Whistl"),
    ("UK Mail ", None),
]
FAR = ["Pigeon", "Veho", "GOFO", "UniUni", "DPD UK", "Amazon Logistics", "Loomis", "Shiprocket", "Ekart", "TNG"]
WITHOUT_CODE = [*lists.unlisted_carriers(), "speed x", "SPEEDX"]
CARRIERS = tuple(dict.fromkeys([*(text for text, _ in NEAR), *FAR, *WITHOUT_CODE, "SpedX", "Pigeon Pots"]))


def hint(carrier, account=""):
    """What is said of the carrier, None where it is taken."""
    return find_hints(account).get(carrier)


@functools.cache
def find_hints(account):
    """What a run says of each of the carriers that it does not take: they have a row each."""
    rows = [f"111-0000000-{number:07d}\t2026-03-09\t{carrier}\tT1" for number, carrier in enumerate(CARRIERS)]
    data = "\n".join(["order-id\tship-date\tcarrier-code\ttracking-number", *rows, ""]).encode()
    found = tables.run({"case.txt": data}, tables.Options(account=account)).settled.findings
    found = found[found["code"] == "FMT-006"]
    return {CARRIERS[line - 2]: hint for line, hint in zip(found["line"], found["hint"], strict=True)}


@pytest.mark.parametrize(("text", "meant"), NEAR)
def test_what_is_near_is_suggested(text, meant):
    told = hint(text)
    assert (told is None) == (meant is None)
    if meant:
        assert f" Did you mean {meant}? {WAY_OUT}" in told


@pytest.mark.parametrize("text", FAR)
def test_what_is_not_near_is_not_suggested(text):
    told = hint(text)
    assert "Did you mean" not in told
    assert told.endswith(WAY_OUT)


@pytest.mark.parametrize("name", WITHOUT_CODE)
def test_a_carrier_without_a_code_is_not_taken_for_another(name):
    assert "Did you mean" not in hint(name)


@pytest.mark.parametrize("name", lists.unlisted_carriers())
def test_only_names_that_a_code_is_near_to_are_kept(name):
    """Others get no suggestion as it is. Only where Amazon has no code of that name is it in the list."""
    codes = sorted(lists.carrier_codes())
    assert name not in codes
    assert suggestions._find_nearest([name], codes, {}) != [()]


def test_the_hint_names_the_kind_that_lists_the_values():
    assert "`feedwarden schema confirmation` lists the values of carrier-code." in hint("Pigeon")


def test_an_account_adds_codes_of_its_own_marketplace():
    account = '[carriers]\nalso = ["Veho", "Pigeon Post"]\n'
    assert hint("Veho", account) is None
    assert "Did you mean SpeedX?" in hint("SpedX", '[carriers]\nalso = ["SpeedX"]\n')
    assert "Did you mean Pigeon Post?" in hint("Pigeon Pots", account)
    assert hint("Ekart", account).endswith(WAY_OUT)


def test_what_differs_from_an_added_code_in_case_only_is_corrected():
    lines = "order-id\tship-date\tcarrier-code\ttracking-number\n111-0000000-0000001\t2026-03-09\tvEHO\tT1\n"
    told = tables.Options(account='[carriers]\nalso = ["Veho"]\n')
    settled = tables.run({"case.txt": lines.encode()}, told).settled
    assert "FMT-012" in settled.findings["code"].tolist()
    assert settled.confirmations["carrier_code"].tolist() == ["Veho"]


def test_other_lists_have_no_way_out():
    lines = "contact-id\torder-id\tdirection\tsent-date\nC1\t111-0000000-0000001\tselller\t2026-03-01\n"
    found = tables.run({"case.txt": lines.encode()}).settled.findings
    (told,) = found["hint"][found["code"] == "FMT-006"]
    assert told.endswith("Did you mean seller?")
