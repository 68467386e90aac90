"""Tracking numbers: published examples, a slow second opinion on every check digit, and what stays unknown."""

import string

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.reconcile.tracking_numbers import check_tracking_numbers
from schemas import lists

TEXT = pd.ArrowDtype(pa.string())


def column(values, index=None):
    return pd.Series(values, index=index, dtype=TEXT)


def verdict(code, number):
    """True, False, or None for unknown."""
    (answer,) = check_tracking_numbers(column([code]), column([number]))
    return None if pd.isna(answer) else bool(answer)


# Published by the carriers, or met in public tracking databases and bug reports as numbers that were tracked.
RIGHT = [
    ("UPS", "1Z999AA10123456784"),
    ("UPS", "1Z5R89390357567127"),
    ("UPS", "1Z879E930346834440"),
    ("UPS", "1Z8V92A70367203024"),
    ("UPS", "1ZXX3150YW44070023"),  # SurePost
    ("UPS", "1Z861E7F0340512285"),  # Amazon's help on removal reports
    ("USPS", "9400111202555842332669"),
    ("USPS", "9361289686090664694015"),
    ("USPS", "92748901790175543400811852"),  # 26 digits
    ("USPS", "420221539101026837331000039521"),  # ZIP in front
    ("USPS", "4201002334249200190132607600833457"),  # ZIP+4 in front
    ("USPS", "03071790000523483741"),
    ("USPS", "71123456789123456787"),
    ("USPS", "71969010756003077385"),  # of a barcode that begins with 91
    ("USPS", "RB123456785US"),
    ("FedEx", "986578788855"),
    ("FedEx", "974367662710"),  # remainder ten is written 0
    ("FedEx", "00408017007469"),  # zeros in front
    ("FedEx", "1001921334250001000300779017972697"),
    ("FedEx", "9622080430002481027200399594546820"),
    ("FedEx", "568283610012734"),
    ("FedEx", "9612804882227378545377"),
    ("FedEx", "000123450000000027"),
    ("FedEx", "61299998820821171811"),
    ("FedEx", "74890328764530773631"),
    ("FedEx SmartPost", "9261292700768711948021"),
    ("DHL Express", "3318810025"),
    ("DHL Express", "8487135506"),
    ("DHL Express", "73891051146"),
    ("DHL", "1099255990"),
    ("DHL-Paket", "00340433836442636597"),
    ("DHL-Paket", "201298452277"),
    ("DHL-Paket", "563102430313"),
    ("DHL eCommerce", "420902459261290336128704042634"),
    ("Royal Mail", "RB123456785GB"),
    ("Royal Mail", "RN365840400GB"),
    ("Deutsche Post", "RB123456785CF"),
    ("China Post", "EB000717595HK"),
]

# No check digit is published: the shape decides.
SHAPES = [
    ("UPS", "T1234567890"),
    ("UPS", "123456789"),
    ("UPS", "123456789012"),
    ("UPS", "802269919937015457"),
    ("UPS Mail Innovations", "MI123456ABC123"),
    ("UPSMI", "92748901790175543400835988"),
    ("USPS", "8212345678"),
    ("USPS", "M123456789"),
    ("FedEx", "12345678901234"),
    ("DHL Express", "JJD0099999999"),
    ("DHL Express", "JD014600002708681600"),
    ("DHL-Paket", "JJD1410302937991"),
    ("DHL Global Mail", "GM295117494011169042"),
    ("DHL Global Mail", "3134293S08012018173648"),
    ("DHL", "51087693037816"),
    ("Royal Mail", "021115C902CF0C99"),
    ("Royal Mail", "0B014648800003598B01"),
    ("Royal Mail", "320019254000221BB4EFC"),
]

WRONG = [
    ("FedEx", "3256236236"),  # Amazon's own example of warning 18181
    ("UPS", "1Z999AA1012345678"),  # a digit short
    ("UPS", "2Z5R89390357567127"),
    ("UPS", "1Z999AA1012345678A"),  # a check digit is a digit
    ("UPS", "9400111202555842332669"),  # USPS sold this label
    ("USPS", "1Z999AA10123456784"),
    ("USPS", "61299998820821171811"),  # FedEx counts 92 in, USPS does not
    ("USPS", "LX424738330IE LX437929271IE"),  # two in one cell
    ("FedEx", "9400111202555842332669"),
    ("DHL", "123456789"),
    ("DHL eCommerce", "GM-2951173225174494"),
    ("Royal Mail", "RB123456785XX"),  # no such country
    ("Royal Mail", "RB123456785UK"),  # the UK is GB
    ("Royal Mail", "32-001 925 4000-221 BB4 EFC"),  # as printed; Amazon takes no hyphens
    ("Swiss post", "RB123456785YP"),
    ("UPS", "１Z999AA10123456784"),  # noqa: RUF001  a full-width 1
    ("FedEx", "٩٨٦٥٧٨٧٨٨٨٥٥"),  # Arabic-Indic digits
    ("UPS", "1Z999AA10123456784\n"),
    ("UPS", "null"),  # the command is in capitals
]

UNKNOWN = [
    ("Other", "1Z999AA10123456785"),
    ("Otro", "RB123456786US"),
    ("Yodel", "anything"),
    ("DPD", "01234567890123"),
    ("No Such Carrier", "1Z999AA10123456784"),
    ("ups", "1Z999AA10123456785"),  # the list's own spelling, or nothing
    (None, "1Z999AA10123456784"),
    ("UPS", None),
    ("UPS", ""),
    ("UPS", "   "),
    ("UPS", "NULL"),
    ("Deutsche Post", "0102030405"),  # not S10: one of the operator's own
    ("Post NL", "3SABCD123456789"),
    ("DHL-Paket", "3SBCC000123456"),
]


@pytest.mark.parametrize(("code", "number"), RIGHT + SHAPES)
def test_published_number_fits(code, number):
    assert verdict(code, number) is True


@pytest.mark.parametrize(("code", "number"), RIGHT)
def test_last_digit_wrong_does_not_fit(code, number):
    last = max(place for place, letter in enumerate(number) if letter.isdigit())
    others = [number[:last] + digit + number[last + 1 :] for digit in string.digits if digit != number[last]]
    answers = check_tracking_numbers(column([code] * 9), column(others))
    # 20 digits may be of either of two barcodes, and so have two check digits
    assert answers.sum() <= (2 if len(number) == 20 else 0)
    assert answers.notna().all()


@pytest.mark.parametrize(("code", "number"), WRONG)
def test_misfit(code, number):
    assert verdict(code, number) is False


@pytest.mark.parametrize(("code", "number"), UNKNOWN)
def test_unknown(code, number):
    assert verdict(code, number) is None


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("USPS", "9400 1112 0255 5842 3326 69"),
        ("UPS", " 1z 999 aa1 01 2345 6784 "),
        ("Royal Mail", "rb 1234 5678 5gb"),
    ],
)
def test_blanks_and_small_letters_do_not_matter(code, number):
    assert verdict(code, number) is True


def test_answers_line_up_with_the_rows():
    index = [7, 3, 3, 90]
    codes = column(["FedEx", "UPS", "Other", "FedEx"], index)
    numbers = column(["1Z999AA10123456784", "1Z999AA10123456784", "x", "986578788855"], index)
    answer = check_tracking_numbers(codes, numbers)
    assert answer.dtype == pd.ArrowDtype(pa.bool_())
    assert answer.index.tolist() == index
    assert answer.tolist() == [False, True, pd.NA, True]


def test_several_chunks_and_slices_are_one_column():
    codes, numbers = column(["UPS", "USPS", "FedEx"]), column(["1Z999AA10123456784", "RB123456785US", "986578788855"])
    chunked = [pd.concat([one, one.iloc[1:]], ignore_index=True) for one in (codes, numbers)]
    assert check_tracking_numbers(*chunked).all()
    assert check_tracking_numbers(codes.iloc[2:], numbers.iloc[2:]).tolist() == [True]


@pytest.mark.parametrize("rows", [0, 2])
def test_nothing_to_judge(rows):
    nothing = column([None] * rows)
    answer = check_tracking_numbers(nothing, nothing)
    assert answer.dtype == pd.ArrowDtype(pa.bool_())
    assert answer.isna().tolist() == [True] * rows


# --- a second opinion, one number at a time, from the written rules and from nothing of ours


def ups_digit(account_to_serial):
    doubled, plain = 0, 0
    for place, letter in enumerate(account_to_serial, start=1):
        value = int(letter) if letter.isdigit() else (ord(letter) - ord("A") + 2) % 10
        if place % 2:
            plain += value
        else:
            doubled += 2 * value
    return -(plain + doubled) % 10


def gs1_digit(digits):
    backwards = [int(digit) for digit in digits][::-1]
    return -(3 * sum(backwards[::2]) + sum(backwards[1::2])) % 10


def s10_digit(digits):
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def fedex_digit(digits):
    weights = [3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1][-len(digits) :]
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10


def seven_digit(digits):
    return int(digits) % 7


def identcode_digit(digits):
    return -sum(int(digit) * (9 if place % 2 else 4) for place, digit in enumerate(digits)) % 10


def of(alphabet, length):
    return st.text(alphabet, min_size=length, max_size=length)


MADE = {  # what comes before the check digit, what is summed of it, how, what comes behind
    "UPS": ("1Z", string.digits + string.ascii_uppercase, 15, "", ups_digit, ""),
    "FedEx": ("", string.digits, 11, "", fedex_digit, ""),
    "FedEx SmartPost": ("6", string.digits, 18, "926", gs1_digit, ""),
    "USPS": ("94", string.digits, 19, "94", gs1_digit, ""),
    "DHL Express": ("", string.digits, 9, "", seven_digit, ""),
    "DHL-Paket": ("", string.digits, 11, "", identcode_digit, ""),
    "DHL": ("00", string.digits, 17, "", gs1_digit, ""),
    "Royal Mail": ("AB", string.digits, 8, "", s10_digit, "GB"),
    "Canada Post": ("LX", string.digits, 8, "", s10_digit, "CA"),
}


@pytest.mark.parametrize("code", MADE)
@given(data=st.data())
def test_check_digits_agree_with_the_second_opinion(code, data):
    head, alphabet, length, counted, digit_of, tail = MADE[code]
    middle = data.draw(of(alphabet, length))
    right = digit_of(counted + middle)
    numbers = column([f"{head}{middle}{digit}{tail}" for digit in range(10)])
    answers = check_tracking_numbers(column([code] * 10), numbers).to_numpy(dtype=bool, na_value=False)
    also = {gs1_digit("91" + head + middle)} if code == "FedEx SmartPost" else set()  # the barcode may begin with 91
    assert set(np.flatnonzero(answers)) == {right} | also


@given(
    number=st.text(string.digits + string.ascii_letters + " -é\n", max_size=40),
    code=st.sampled_from(sorted(lists.carrier_codes())),
)
def test_any_text_gets_an_answer(number, code):
    answer = verdict(code, number)
    if code not in lists.carrier_family() or not number.replace(" ", "") or number.replace(" ", "") == "NULL":
        assert answer is None
    elif lists.carrier_family()[code] in lists.closed_families():
        assert answer is not None


@given(code=st.sampled_from(sorted(lists.carrier_family())), number=of(string.digits + string.ascii_uppercase, 12))
def test_spelling_never_changes_the_answer(code, number):
    assume(number != "NULL")
    assert verdict(code, " ".join(number.lower())) == verdict(code, number)
