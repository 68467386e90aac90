"""From when on a marketplace may cancel an open order after its promise: days, and business days in Brazil."""

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from pipeline import policy as pipeline_policy
from pipeline.lifecycle.marketplace_deadlines import find_cancel_dates
from pipeline.model.account import Account
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow
from pipeline.utils.dtypes import TIMESTAMP

AS_OF = dt.datetime(2026, 3, 20, 12, tzinfo=dt.UTC)


def cancel_from(channel, promise, *, is_open=True):
    items = pd.DataFrame(
        {
            "sales_channel": arrow.to_series(pa.array([channel], pa.string())),
            "promise_date": arrow.to_series(pa.array([dt.datetime.fromisoformat(promise)], TIMESTAMP)),
            "purchase_date": arrow.to_series(pa.array([dt.datetime(2026, 2, 1, tzinfo=dt.UTC)], TIMESTAMP)),
        }
    )
    context = RunContext(AS_OF, Account(), pipeline_policy.load_policy("amazon"))
    (found,) = find_cancel_dates(items, arrow.to_bool(arrow.to_series(pa.array([is_open]))), context).to_pylist()
    return found and found.isoformat()


@pytest.mark.parametrize(
    ("channel", "promise", "expected"),
    [
        ("Amazon.com", "2026-03-10T07:00:00+00:00", "2026-03-17T07:00:00+00:00"),
        ("Amazon.sa", "2026-03-10T07:00:00+00:00", "2026-03-13T07:00:00+00:00"),
        # a Tuesday, a Friday, a Saturday and a Sunday in Brazil, which count to the Friday before
        ("Amazon.com.br", "2026-03-10T12:00:00+00:00", "2026-03-19T12:00:00+00:00"),
        ("Amazon.com.br", "2026-03-13T12:00:00+00:00", "2026-03-24T12:00:00+00:00"),
        ("Amazon.com.br", "2026-03-14T12:00:00+00:00", "2026-03-24T12:00:00+00:00"),
        ("Amazon.com.br", "2026-03-15T12:00:00+00:00", "2026-03-24T12:00:00+00:00"),
        # in Brazil it is still Friday
        ("Amazon.com.br", "2026-03-14T02:59:59+00:00", "2026-03-25T02:59:59+00:00"),
        (None, "2026-03-10T07:00:00+00:00", "2026-03-17T07:00:00+00:00"),
        ("Amazon.co.jp", "2026-03-10T07:00:00+00:00", None),
        ("Amazon.com", "2026-03-20T12:00:00+00:00", "2026-03-27T12:00:00+00:00"),
        ("Amazon.com", "2026-03-20T12:00:01+00:00", None),
    ],
)
def test_the_days_of_the_marketplace_count_from_the_promise(channel, promise, expected):
    assert cancel_from(channel, promise) == expected
    assert cancel_from(channel, promise, is_open=False) is None
