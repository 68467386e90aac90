"""The numbers of the rules: the right one for each date, one place to change them, one line for each mistake."""

import datetime as dt
import pickle
import subprocess
import sys
import time
from decimal import Decimal
from itertools import chain

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import policy as pipeline_policy
from pipeline.policy import Policy, PolicyEntry, PolicyError, PolicyValue
from pipeline.policy.show import format_policy

SPEC_3 = {
    "order.hold": dt.timedelta(minutes=30),
    "order.verification": dt.timedelta(days=21),
    "order.check_every": dt.timedelta(hours=24),
    "shipment.confirm_within": dt.timedelta(days=30),
    "shipment.warn_before": dt.timedelta(days=7),
    "claim.contact_response": dt.timedelta(hours=48),
    "claim.no_reply_grant": dt.timedelta(hours=48),
    "claim.after_delivery_estimate": Decimal(3),
    "claim.info_response": dt.timedelta(hours=48),
    "claim.appeal": dt.timedelta(days=30),
    "odr.window": dt.timedelta(days=60),
    "odr.target": Decimal("0.01"),
    "late_shipment.window": dt.timedelta(days=30),
    "late_shipment.target": Decimal("0.04"),
    "cancellation.window": dt.timedelta(days=7),
    "cancellation.target": Decimal("0.025"),
    "tracking.window": dt.timedelta(days=30),
    "tracking.target": Decimal("0.95"),
    "shipment.cancel_after_promise": None,  # it has values for some marketplaces alone
}
BESIDE_SPEC_3 = {
    "unshipped_report.window": dt.timedelta(days=38),
    "acknowledgement.expected_within": dt.timedelta(days=1),
}
TODAY = dt.date(2026, 11, 23)
TWO_VALUES = """
[[entry]]
name = "shipment.confirm_within"
source = "a notice of Amazon's"
values = [{ from = 2020-01-01, value = 30 }, { from = 2026-03-01, value = 20 }]
"""


@pytest.fixture
def overlay(tmp_path):
    """Loads a text as an overlay file."""

    def load(content, name="own.toml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return pipeline_policy.load_policy(str(path))

    return load


def instants(*texts, unit="us", index=None):
    """A column of instants, None for null."""
    ticks = [None if text is None else pd.Timestamp(text).value for text in texts]
    array = pa.array(ticks, pa.timestamp("ns", "UTC")).cast(pa.timestamp(unit, "UTC"), safe=False)
    return pd.Series(array, index=index, dtype=pd.ArrowDtype(array.type))


def dates(*values):
    """A column of dates, None for null."""
    return pd.Series(values, dtype=pd.ArrowDtype(pa.date32()))


def listed(column):
    """A column as Python values, null as None."""
    return pa.array(column.array).to_pylist()


# --- shipped profiles -------------------------------------------------------------------------------------------


def test_the_default_profile_holds_every_number_and_no_other():
    amazon = pipeline_policy.load_policy("amazon")
    got = {
        e.name: amazon.amount_on(e.name, TODAY)
        if e.unit in {"rate", "calendar-days"}
        else amazon.duration_on(e.name, TODAY)
        for e in amazon.entries
    }
    assert got == SPEC_3 | BESIDE_SPEC_3
    assert amazon.find_entry("claim.after_delivery_estimate").unit == "calendar-days"


def test_the_chinese_text_changes_two_numbers():
    amazon, zh = pipeline_policy.load_policy("amazon"), pipeline_policy.load_policy("amazon-zh")
    pairs = list(zip(amazon.entries, zh.entries, strict=True))
    assert [one.name for one, other in pairs if one != other] == ["claim.info_response", "claim.no_reply_grant"]
    assert all(one.name == other.name for one, other in pairs)
    assert zh.duration_on("claim.no_reply_grant", TODAY) == dt.timedelta(hours=72)
    assert zh.duration_on("claim.info_response", TODAY) == dt.timedelta(hours=72)
    assert zh.find_entry("claim.info_response").source.startswith("Chinese text of Amazon's")


def test_every_shipped_profile_loads_and_cites():
    assert pipeline_policy.profile_names() == ["amazon", "amazon-zh"]
    for name in pipeline_policy.profile_names():
        policy = pipeline_policy.load_policy(name)
        assert policy.name == name
        assert all(e.what and e.source for e in policy.entries)
        assert [e.name for e in policy.entries] == sorted(e.name for e in policy.entries)


# --- the value in force -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_window_on_either_side_of_each_boundary(overlay, unit):
    policy = overlay(TWO_VALUES)
    on = instants(
        "2019-12-31T23:59:59Z",
        "2020-01-01T00:00:00Z",
        "2026-02-28T23:59:59Z",
        "2026-03-01T00:00:00Z",
        "2026-02-28T16:00:00-08:00",
        "2026-03-01T00:59:59+01:00",
        None,
        unit=unit,
        index=[40, 2, 2, 7, 8, 9, 1],
    )
    got = policy.row_durations("shipment.confirm_within", on)
    early, late = dt.timedelta(days=30), dt.timedelta(days=20)
    assert listed(got) == [None, early, early, late, late, early, None]
    assert got.dtype == pd.ArrowDtype(pa.duration("us"))
    assert got.index.equals(on.index)
    assert listed(policy.row_in_force("shipment.confirm_within", on)) == [False, True, True, True, True, True, None]


def test_window_adds_to_instants():
    on = instants("2026-03-01T00:00:00Z", None)
    due = on + pipeline_policy.load_policy("amazon").row_durations("shipment.confirm_within", on)
    assert listed(due) == [dt.datetime(2026, 3, 31, tzinfo=dt.UTC), None]
    assert due.dtype == pd.ArrowDtype(pa.timestamp("us", "UTC"))


def test_an_instant_of_another_time_zone_is_compared_in_utc(overlay):
    array = instants("2026-03-01T00:00:00Z", "2026-02-28T23:59:59Z")
    on = array.astype(pd.ArrowDtype(pa.timestamp("us", "Asia/Tokyo")))
    got = overlay(TWO_VALUES).row_durations("shipment.confirm_within", on)
    assert listed(got) == [dt.timedelta(days=20), dt.timedelta(days=30)]


def test_days_for_arithmetic_of_dates(overlay):
    policy = overlay(TWO_VALUES)
    on = dates(dt.date(2019, 12, 31), dt.date(2020, 1, 1), dt.date(2026, 2, 28), dt.date(2026, 3, 1), None)
    assert listed(policy.row_days("shipment.confirm_within", on)) == [None, 30, 30, 20, None]
    got = policy.row_days("claim.after_delivery_estimate", on)
    assert listed(got) == [3, 3, 3, 3, None]
    assert got.dtype == pd.ArrowDtype(pa.int64())


def test_scalars_on_either_side_of_a_boundary(overlay):
    policy = overlay(TWO_VALUES)
    name = "shipment.confirm_within"
    tokyo = dt.timezone(dt.timedelta(hours=9))
    assert policy.amount_on(name, dt.date(2019, 12, 31)) is None
    assert policy.duration_on(name, dt.date(2019, 12, 31)) is None
    assert policy.amount_on(name, dt.date(2026, 2, 28)) == 30
    assert policy.amount_on(name, dt.datetime(2026, 3, 1, 8, 59, 59, tzinfo=tokyo)) == 30
    assert policy.amount_on(name, dt.datetime(2026, 3, 1, 9, tzinfo=tokyo)) == 20
    assert policy.duration_on(name, dt.datetime(2026, 3, 1, tzinfo=dt.UTC)) == dt.timedelta(days=20)
    assert policy.amount_on(name, pd.Timestamp("2026-03-01", tz="UTC")) == 20


def test_a_rate_is_exact():
    assert pipeline_policy.load_policy("amazon").amount_on("cancellation.target", TODAY) == Decimal("0.025")


@pytest.mark.parametrize("column", [instants(), dates(), instants(None, None), dates(None)])
def test_nothing_in_nothing_out(column):
    policy = pipeline_policy.load_policy("amazon")
    for got in (policy.row_durations("odr.window", column), policy.row_days("odr.window", column)):
        assert listed(got) == [None] * len(column)
        assert got.index.equals(column.index)
    assert policy.row_durations("odr.window", column).dtype == pd.ArrowDtype(pa.duration("us"))
    assert policy.row_in_force("odr.window", column).dtype == pd.ArrowDtype(pa.bool_())


def test_a_value_far_in_the_future_compares_with_nanoseconds(overlay):
    policy = overlay(TWO_VALUES.replace("2026-03-01", "9000-01-01"))
    on = instants("2026-03-01T00:00:00Z", unit="ns")
    assert listed(policy.row_durations("shipment.confirm_within", on)) == [dt.timedelta(days=30)]


DAY = st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1))
INSTANT = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2040, 1, 1))  # noqa: DTZ001 - UTC is given below
UTC = INSTANT.map(lambda instant: instant.replace(tzinfo=dt.UTC))


@st.composite
def histories(draw):
    """Values, and dates or instants in several chunks, many of them exactly on a boundary."""
    starts = sorted(draw(st.sets(DAY, min_size=1, max_size=5)))
    history = tuple(PolicyValue(start, Decimal(draw(st.integers(0, 400)))) for start in starts)
    if draw(st.booleans()):
        kind, cell = pa.date32(), st.one_of(st.none(), DAY, st.sampled_from(starts))
    else:
        midnights = [dt.datetime(start.year, start.month, start.day, tzinfo=dt.UTC) for start in starts]
        edges = [midnight + dt.timedelta(microseconds=step) for midnight in midnights for step in (-1, 0, 1)]
        kind = pa.timestamp(draw(st.sampled_from(["us", "ns"])), "UTC")
        cell = st.one_of(st.none(), UTC, st.sampled_from(edges))
    chunks = draw(st.lists(st.lists(cell, max_size=6), max_size=3))
    return history, pa.chunked_array(chunks, kind), list(chain.from_iterable(chunks))


def in_force(history, on):
    """The slow reference: the last value that began at or before midnight UTC of `on`."""
    if on is None:
        return None
    day = on.date() if isinstance(on, dt.datetime) else on
    begun = [value.amount for value in history if value.since <= day]
    return begun[-1] if begun else None


@given(histories())
def test_columns_agree_with_one_row_at_a_time(case):
    history, chunks, rows = case
    policy = Policy("any", (PolicyEntry("a.window", "what", "days", "source", history),))
    on = pd.Series(pd.arrays.ArrowExtensionArray(chunks))
    amounts = [in_force(history, row) for row in rows]
    lengths = [None if amount is None else dt.timedelta(days=int(amount)) for amount in amounts]
    assert listed(policy.row_durations("a.window", on)) == lengths
    assert listed(policy.row_days("a.window", on)) == amounts
    known = [None if row is None else amount is not None for row, amount in zip(rows, amounts, strict=True)]
    assert listed(policy.row_in_force("a.window", on)) == known
    assert [None if row is None else policy.duration_on("a.window", row) for row in rows] == lengths


# --- bugs of a caller -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda p: p.row_durations("order.hoold", instants()), KeyError, "order.hoold"),
        (lambda p: p.row_durations("odr.target", instants()), TypeError, "in rate, not in minutes or hours or days"),
        (lambda p: p.row_durations("claim.after_delivery_estimate", instants()), TypeError, "in calendar-days"),
        (lambda p: p.row_days("claim.info_response", dates()), TypeError, "in hours"),
        (lambda p: p.duration_on("odr.target", TODAY), TypeError, "in rate"),
        (lambda p: p.row_durations("odr.window", pd.Series(["2026-01-01"])), TypeError, "not by str"),
        (
            lambda p: p.row_durations("odr.window", pd.Series(pd.to_datetime(["2026-01-01"], utc=True))),
            TypeError,
            "datetime64",
        ),
        (
            lambda p: p.row_durations("odr.window", pd.Series([None], dtype=pd.ArrowDtype(pa.timestamp("us")))),
            TypeError,
            "with a time zone",
        ),
        (lambda p: p.amount_on("odr.window", dt.datetime(2026, 1, 1)), TypeError, "no offset"),  # noqa: DTZ001
    ],
)
def test_a_bug_raises(call, error, match):
    with pytest.raises(error, match=match):
        call(pipeline_policy.load_policy("amazon"))


# --- overlays and their identity --------------------------------------------------------------------------------


def test_an_overlay_replaces_what_it_names_and_nothing_else(overlay):
    policy, amazon = overlay(TWO_VALUES), pipeline_policy.load_policy("amazon")
    changed, base = policy.find_entry("shipment.confirm_within"), amazon.find_entry("shipment.confirm_within")
    assert policy.name == "own.toml"
    assert [value.amount for value in changed.history] == [30, 20]
    assert (changed.what, changed.unit, changed.source) == (base.what, base.unit, "a notice of Amazon's")
    assert [e for e in policy.entries if e != changed] == [e for e in amazon.entries if e != base]


def test_a_changed_number_does_not_cite_the_old_source(overlay):
    policy = overlay('entry = [{ name = "order.hold", values = [{ from = 2000-01-01, value = 45 }] }]')
    assert policy.find_entry("order.hold").source == "overlay, no source given"


def test_an_overlay_may_change_only_the_words(overlay):
    policy = overlay('entry = [{ name = "order.hold", what = "the pause" }]')
    base = pipeline_policy.load_policy("amazon").find_entry("order.hold")
    assert policy.find_entry("order.hold") == PolicyEntry(
        "order.hold", "the pause", base.unit, base.source, base.history
    )


def test_an_overlay_may_extend_another_profile(overlay):
    assert overlay('extends = "amazon-zh"').entries == pipeline_policy.load_policy("amazon-zh").entries


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf# a mark\r\n", b"extends = 'amazon'"])
def test_equal_content_has_equal_hash(overlay, content):
    assert overlay(content).sha256 == pipeline_policy.load_policy("amazon").sha256


def test_the_spelling_of_a_number_does_not_change_the_hash(overlay):
    spellings = ["0.010", "0.01", "1e-2", "0.0100000"]
    content = 'entry = [{{ name = "odr.target", source = "s", values = [{{ from = 2000-01-01, value = {} }}] }}]'
    assert len({overlay(content.format(spelling)).sha256 for spelling in spellings}) == 1


def test_any_change_changes_the_hash(overlay):
    all_different = [
        pipeline_policy.load_policy("amazon"),
        pipeline_policy.load_policy("amazon-zh"),
        overlay(TWO_VALUES),
        overlay(TWO_VALUES.replace("value = 20", "value = 21")),
        overlay(TWO_VALUES.replace("2026-03-01", "2026-03-02")),
        overlay(TWO_VALUES.replace("a notice", "no notice")),
    ]
    assert len({policy.sha256 for policy in all_different}) == len(all_different)


def test_the_hash_is_the_same_in_every_process():
    code = "import pipeline.policy as p; print(p.load_policy('amazon').sha256)"
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert got.stdout.strip() == pipeline_policy.load_policy("amazon").sha256


def test_a_policy_travels_to_another_process():
    policy = pipeline_policy.load_policy("amazon")
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301 - our own bytes
    assert hash(policy) == hash(pipeline_policy.load_policy("amazon"))


def test_a_file_never_passes_for_a_shipped_profile(overlay):
    assert overlay(TWO_VALUES, "amazon.toml").name == "amazon.toml"


# --- mistakes of the operator -----------------------------------------------------------------------------------

ONE = 'entry = [{{ name = "order.hold", values = [{}] }}]'
RATE = 'entry = [{{ name = "odr.target", values = [{{ from = 2000-01-01, value = {} }}] }}]'
WHOLE = 'entry = [{{ name = "order.hold", values = [{{ from = 2000-01-01, value = {} }}] }}]'


MAY_CANCEL = "shipment.cancel_after_promise"


def allowed(policy, marketplace):
    """The unit and the number of days after the promise, in a marketplace."""
    unit, days = policy.row_days_in(MAY_CANCEL, marketplace, instants("2026-03-01T00:00:00Z"))
    return unit, *listed(days)


@pytest.mark.parametrize(
    ("marketplace", "expected"),
    [
        ("Amazon.com", ("days", 7)),
        ("amazon.COM", ("days", 7)),
        ("Amazon.de", ("days", 7)),
        ("Amazon.co.uk", ("days", 7)),
        ("Amazon.sa", ("days", 3)),
        ("Amazon.com.br", ("business-days", 7)),
        ("Amazon.co.jp", ("days", None)),
    ],
)
def test_an_entry_may_hold_values_by_marketplace(marketplace, expected):
    assert allowed(pipeline_policy.load_policy("amazon"), marketplace) == expected


OWN_MARKETPLACES = f"""
[[entry]]
name = "{MAY_CANCEL}"
values = [{{ from = 2000-01-01, value = 9 }}]
marketplaces = [{{ names = ["Amazon.de"], values = [{{ from = 2026-03-01, value = 2 }}] }}]
"""


def test_an_overlay_changes_a_default_and_the_marketplaces_it_names(overlay):
    policy, amazon = overlay(OWN_MARKETPLACES), pipeline_policy.load_policy("amazon")
    found = {name: allowed(policy, name) for name in ("Amazon.co.jp", "Amazon.de", "Amazon.fr", "Amazon.com.br")}
    assert found == {
        "Amazon.co.jp": ("days", 9),
        "Amazon.de": ("days", 2),
        "Amazon.fr": ("days", 7),
        "Amazon.com.br": ("business-days", 7),
    }
    assert policy.find_entry(MAY_CANCEL).source == "overlay, no source given"
    assert policy.sha256 != amazon.sha256
    assert policy.sha256 != overlay(OWN_MARKETPLACES.replace("Amazon.de", "Amazon.fr")).sha256
    rows = [(row.value, row.unit, row.marketplaces) for row in pipeline_policy.list_values(policy)]
    assert ("9", "days", "") in rows
    assert ("2", "days", "Amazon.de") in rows
    assert ("7", "business-days", "Amazon.com.br") in rows


MARKET = f'entry = [{{{{ name = "{MAY_CANCEL}", marketplaces = {{}} }}}}]'


@pytest.mark.parametrize(
    ("marketplaces", "said"),
    [
        ("3", "marketplaces: is not a list; write [{ names ="),
        ("[3]", "marketplaces 1: has no list of names; write [{ names ="),
        ("[{ names = [] }]", "marketplaces 1: has no list of names"),
        ('[{ names = ["Amazon.de"] }]', "marketplaces 1, values: is not a list of values"),
        ("[{ names = [3], values = [] }]", "marketplaces 1, names: 3 is not a line of text"),
        ('[{ names = ["Amazon.de"], unit = "weeks", values = [] }]', "marketplaces 1: unknown unit 'weeks'"),
        ('[{ name = "Amazon.de", names = ["Amazon.de"] }]', "marketplaces 1: unknown key 'name'; did you mean names"),
        (
            '[{ names = ["Amazon.de", "amazon.DE"], values = [{ from = 2000-01-01, value = 3 }] }]',
            "marketplaces: name a marketplace twice; keep one of them",
        ),
    ],
)
def test_one_line_for_each_mistake_about_marketplaces(overlay, marketplaces, said):
    with pytest.raises(PolicyError) as refused:
        overlay(MARKET.format(marketplaces))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('extends = "amazn"', "own.toml, extends: no shipped profile 'amazn'; did you mean amazon"),
        ("extends = 3", "own.toml, extends: 3 is not a line of text"),
        ('extend = "amazon"', "own.toml: unknown key 'extend'; did you mean extends?"),
        ("entry = 3", "own.toml: `entry` is not a list of tables; begin each number with [[entry]]"),
        ("entry = [3]", "`entry` is not a list of tables"),
        ("[entry]\nname = 'order.hold'", "`entry` is not a list of tables"),
        ("[[entry]]\nvalues = []", "own.toml, entry 1, name: is missing; add it"),
        ("[[entry]]\nname = 'order.hoold'", "own.toml, order.hoold: there is no such number; did you mean order.hold"),
        ("[[entry]]\nname = 'zzz'", "own.toml, zzz: there is no such number; it must be one of acknowledgement."),
        ("[[entry]]\nname = 'order.hold'\n" * 2, "own.toml, order.hold: is given twice; keep one of them"),
        (
            "[[entry]]\nname = 'order.hold'\nvalue = 3",
            "own.toml, order.hold: unknown key 'value'; did you mean values?",
        ),
        ("[[entry]]\nname = 'order.hold'\nunit = 'hour'", "order.hold: unknown unit 'hour'; did you mean hours?"),
        ("[[entry]]\nname = 'order.hold'\nunit = 'hours'", "order.hold: is counted in minutes, not in hours; leave"),
        ("[[entry]]\nname = 'order.hold'\nwhat = '  '", "order.hold, what: '  ' is not a line of text"),
        ('[[entry]]\nname = "order.hold"\nwhat = "a\\nb"', "order.hold, what: 'a\\nb' is not a line of text"),
        ("[[entry]]\nname = 'order.hold'\nsource = 5", "order.hold, source: 5 is not a line of text"),
        ("[[entry]]\nname = 'order.hold'\nvalues = 30", "order.hold, values: is not a list of values; write [{ from"),
        (ONE.format(""), "order.hold, values: is not a list of values"),
        (ONE.format("30"), "order.hold, value 1: 30 is not a value; write { from = 2000-01-01, value = 30 }"),
        (ONE.format("{ value = 30 }"), "order.hold, value 1: `from` is missing, not a date; write from = 2000-01-01"),
        (ONE.format("{ from = 2000-01-01 }"), "order.hold, value 1: `value` is missing, not a number"),
        (ONE.format("{ form = 2000-01-01, value = 3 }"), "value 1: unknown key 'form'; did you mean from?"),
        (ONE.format("{ from = '2000-01-01', value = 3 }"), "value 1: `from` is '2000-01-01', not a date"),
        (ONE.format("{ from = 2000-01-01T00:00:00Z, value = 3 }"), "`from` is 2000-01-01 00:00:00+00:00, not a date"),
        (
            ONE.format("{ from = 2001-01-01, value = 3 }, { from = 2000-01-01, value = 4 }"),
            "order.hold, value 2: begins before 2001-01-01; sort the values by their dates",
        ),
        (
            ONE.format("{ from = 2001-01-01, value = 3 }, { from = 2001-01-01, value = 4 }"),
            "order.hold, value 2: begins on 2001-01-01 as the one before; keep one of them",
        ),
        (WHOLE.format("'30'"), "value 1: `value` is '30', not a number; write digits, without quotes"),
        (WHOLE.format("true"), "`value` is True, not a number"),
        (WHOLE.format("-30"), "order.hold, value 1: a negative number, -30; a time or a rate is 0 or more"),
        (WHOLE.format("0.5"), "0.5 is not a whole number; give whole minutes, without a decimal point"),
        (WHOLE.format("9" * 30), "more minutes than the calendar holds; give a smaller number"),
        (WHOLE.format("0x" + "f" * 5000), "more minutes than the calendar holds"),
        (WHOLE.format("9" * 5000), "own.toml: is not TOML in UTF-8 (Exceeds the limit"),
        (RATE.format("nan"), "`value` is NaN, not a number"),
        (RATE.format("inf"), "`value` is Infinity, not a number"),
        (RATE.format("-0.01"), "a negative number, -0.01"),
        (RATE.format("4"), "odr.target, value 1: a rate of 4 is more than everything; write 4 % as 0.04"),
        (RATE.format("1e99999999999999999999"), "own.toml: is not TOML in UTF-8"),
        ("this is not TOML", "own.toml: is not TOML in UTF-8 ("),
        (b"\xff\xfe", "own.toml: is not TOML in UTF-8 ("),
        ("a = " + "[" * 100_000, "own.toml: is not TOML in UTF-8 ("),
    ],
)
def test_one_line_for_each_mistake(overlay, tmp_path, content, said):
    with pytest.raises(PolicyError) as caught:
        overlay(content)
    message = str(caught.value)
    assert said in message
    assert message.startswith(str(tmp_path / "own.toml"))
    assert "\n" not in message
    assert "; " in message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("amazom", "policy 'amazom': no such profile or file; did you mean amazon"),
        (
            "nowhere/mine.toml",
            "policy 'nowhere/mine.toml': no such profile or file; it must be one of amazon, amazon-zh",
        ),
        ("", "policy '.': cannot be read (a folder, not a file); give a profile or a readable TOML file"),
        ("a" * 5000, "cannot be read (File name too long)"),
        ("\0", "is not TOML"),
    ],
)
def test_one_line_for_a_policy_that_is_not_there(name, said):
    with pytest.raises(PolicyError) as caught:
        pipeline_policy.load_policy(name)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# --- for people, and cost ---------------------------------------------------------------------------------------


def test_describe_has_a_row_for_every_value(overlay):
    rows = [row for row in pipeline_policy.list_values(overlay(TWO_VALUES)) if row.name == "shipment.confirm_within"]
    assert [(row.value, row.unit, row.since.isoformat()) for row in rows] == [
        ("30", "days", "2020-01-01"),
        ("20", "days", "2026-03-01"),
    ]


def test_the_table_is_aligned():
    policy = pipeline_policy.load_policy("amazon")
    title, blank, heading, *rows = format_policy(policy).split("\n")
    assert title == f"policy amazon  sha256 {policy.sha256}"
    assert blank == ""
    assert len(rows) == len(pipeline_policy.list_values(policy))
    for column in ("unit", "from", "source", "what"):
        start = heading.index(column)
        assert all(row[start - 2 : start] == "  " and row[start] != " " for row in rows)
    assert all(row == row.rstrip() for row in rows)


def test_loading_and_showing_need_no_pandas():
    code = (
        "import sys, pipeline.policy as p; from pipeline.policy.show import format_policy;"
        "format_policy(p.load_policy('amazon'));"
        "sys.exit(bool({'pandas', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.bench
def test_two_million_rows_cost_next_to_nothing():
    policy = pipeline_policy.load_policy("amazon")
    on = instants("2026-03-01T00:00:00Z", None).take([0, 1] * 1_000_000)
    policy.row_durations("odr.window", on[:2])
    begun = time.perf_counter()
    policy.row_durations("odr.window", on)
    assert time.perf_counter() - begun < 0.03
