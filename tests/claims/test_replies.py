"""Which contact of the seller's answers which of a buyer's: the same whether instants are numbered or ranked."""

import numpy as np
from hypothesis import strategies as st

from pipeline.claims.replies import SellerContacts
from pipeline.claims.windows import TimeSpan
from tests.strategies import law

FAR = 1 << 61  # instants so far from each other that only their ranks can be multiplied
CONTACTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 4)), max_size=12)
QUESTIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 10)), max_size=8)


def find_first_after(contacts, order, begin):
    """Of the contacts that may be after the instant, the one that may be the earliest; the first of equals."""
    later = [(first, index) for index, (of, first, last) in enumerate(contacts) if of == order and last > begin]
    return min(later)[1] if later else -1


@law(200, CONTACTS, QUESTIONS, st.sampled_from([1, FAR // 16]), st.booleans())
def test_the_first_contact_after_an_instant(contacts, questions, step, has_days):
    spans = [(order, at * step, (at + length * has_days) * step) for order, at, length in contacts]
    order, first, last = (np.array([span[field] for span in spans], np.int64) for field in range(3))
    replies = SellerContacts(np.arange(len(spans)), order, TimeSpan(first, last))
    asked, begin = (np.array([question[field] for question in questions], np.int64) for field in range(2))
    found = replies.find_first_after(asked, begin * step)
    assert found.tolist() == [find_first_after(spans, of, at * step) for of, at in questions]
