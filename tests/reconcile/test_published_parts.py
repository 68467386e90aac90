"""The words of SHP-116: which run and part hold the line, what became of the part, and what is left to do."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.model.feed_parts import ANSWERED, PUBLISHED, UPLOADED
from pipeline.model.feed_states import FeedStates
from pipeline.reconcile.published_parts import describe_repeated
from pipeline.utils import arrow
from pipeline.utils.dtypes import TIMESTAMP

ASK = (
    " if that part was uploaded; else upload it. Then say so: feedwarden feeds uploaded {} "
    "--ledger FOLDER-OF-THE-LEDGER"
)
CASES = [  # state, run, part → place, what is asked
    (PUBLISHED, 3, 1, "shipping-confirmation-001.tsv of run 3 (not known to be uploaded)", ASK.format(3)),
    (UPLOADED, 3, 1, "shipping-confirmation-001.tsv of run 3 (uploaded)", "."),
    (ANSWERED, 3, 1, "shipping-confirmation-001.tsv of run 3 (answered by Amazon)", "."),
    (PUBLISHED, 12, 1000, "shipping-confirmation-1000.tsv of run 12 (not known to be uploaded)", ASK.format(12)),
]


def published(*parts):
    """A published confirmation in each of the parts, as (state, run, part)."""
    states, runs, feeds = (list(values) for values in zip(*parts, strict=True))
    columns = {"run": runs, "feed": feeds, "upload_state": states}
    return arrow.to_frame(pa.table(columns | {"published_at": pa.array([*range(len(runs))], TIMESTAMP)}))


@pytest.mark.parametrize(("state", "run", "part", "place", "request_text"), CASES)
def test_the_words_follow_the_state(state, run, part, place, request_text):
    columns = describe_repeated(published((state, run, part)), np.array([0, -1]))
    row = {name: column.iloc[0] for name, column in columns.items()}
    assert row["already_published_in"] == place
    assert row["unless_uploaded"] == request_text
    assert row["waits_for_upload"] == (state == PUBLISHED)
    assert (row["already_published_run"], row["already_published_feed"]) == (run, part)
    assert all(arrow.is_valid(column).tolist() == [True, False] for column in columns.values())


def test_every_row_has_its_own_part():
    rows = published((PUBLISHED, 1, 1), (UPLOADED, 2, 1), (PUBLISHED, 1, 2))
    columns = describe_repeated(rows, np.array([2, -1, 1, 0, 2]))
    assert arrow.to_arrow(columns["already_published_run"]).to_pylist() == [1, None, 2, 1, 1]
    assert arrow.to_arrow(columns["already_published_feed"]).to_pylist() == [2, None, 1, 1, 2]
    assert arrow.to_int64(columns["already_published_at"], -1).tolist() == [2, -1, 1, 0, 2]


def test_a_part_is_answered_before_it_is_uploaded_before_it_is_published():
    states = FeedStates(frozenset({(1, 1), (2, 1), (2, 2)}), frozenset({2, 3}))
    rows = published((None, 1, 1), (None, 1, 2), (None, 2, 1), (None, 3, 1))
    assert arrow.to_arrow(states.list_states(rows)).to_pylist() == [PUBLISHED, ANSWERED, UPLOADED, ANSWERED]
    assert len(states.list_states(rows.head(0))) == 0
