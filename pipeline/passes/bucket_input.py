"""What pass two is given: the rows of a bucket, what is known of all files, and what earlier runs left behind."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.claims import ClaimInputs, gather_inputs
from pipeline.ledger import History, find_given_logs, read_claims_history
from pipeline.model import calendar
from pipeline.model.columns import switch_on, verified
from pipeline.model.file_columns import bucket_table
from pipeline.model.order_keys import encode_order_id
from pipeline.model.published_parcels import mark_in_force
from pipeline.passes.run_facts import RunFacts, complete_kinds, select_believed
from pipeline.reconcile import DelistedItems, resolve_promotion_lines
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas.kinds import UPLOAD_KINDS


class BucketInput(NamedTuple):
    """The rows of a bucket by kind, of these the valid ones, the claims and contacts, and what is known beside them."""

    rows: dict[str, pd.DataFrame]
    believed_rows: dict[str, pd.DataFrame]
    claim_inputs: ClaimInputs
    run_facts: RunFacts
    history: History
    promotion_findings: pd.DataFrame  # about lines of Orders reports that continue others

    def select_contacts(self, items: pd.DataFrame) -> pd.DataFrame:
        """The contacts up to as-of, a plain date by the marketplace of its order; ``items`` are the order items."""
        return calendar.filter_until_as_of(self.claim_inputs.contacts, "sent_date", items, self.run_facts.context)

    @property
    def refused_items(self) -> pd.DataFrame:
        """The confirmations of earlier runs that Amazon has refused by now."""
        return self.run_facts.feed_answers.refused_items()

    def find_delisted(self, items: pd.DataFrame, counting_files: Array) -> DelistedItems:
        """Which of the items an Unshipped Orders report should hold and does not; −1 where no file's row counts."""
        return self.run_facts.find_delisted(items, counting_files, self.rows["unshipped"])

    def read_published(self, order_keys: pd.Series[int] | Array) -> pd.DataFrame:
        """The published confirmations of the orders, with ``refused``, ``in_force`` and the units of their parcel.

        Their ``upload_state`` is what became of the part of the feed that each is in.
        """
        published = self.history.read_published(order_keys)
        refused = self.run_facts.feed_answers.find_refused(published)
        states = self.run_facts.feed_states.list_states(published)
        return mark_in_force(published, refused).assign(refused=arrow.to_series(refused), upload_state=states)

    def wanted_orders(self) -> Array:
        """The orders (keys) beside the reported ones of which the ledger's items are needed."""
        upload_keys = [arrow.to_int64(self.rows[name]["order_key"]) for name in UPLOAD_KINDS]
        refused_keys = arrow.to_int64(self.refused_items["order_key"])
        asked_key = encode_order_id(self.run_facts.context.evidence)
        asked_keys = np.array([asked_key] if asked_key is not None else [], np.int64)
        return np.concatenate([*upload_keys, refused_keys, self.claim_inputs.order_keys(), asked_keys])


def open_bucket(bucket_rows: dict[str, pd.DataFrame], run_facts: RunFacts, history: History) -> BucketInput:
    """The rows of a bucket of every kind, with the claims, contacts and returns of this run's files and the ledger."""
    switch_on(verify=run_facts.context.verify)
    rows = {kind: verified(part, bucket_table(kind)) for kind, part in complete_kinds(bucket_rows).items()}
    rows["orders"], promotion_findings = resolve_promotion_lines(rows["orders"])
    believed_rows = select_believed(rows)
    earlier_claims = read_claims_history(history, believed_rows, run_facts.context)
    logs = find_given_logs(history, run_facts.plans)
    claim_inputs = gather_inputs(believed_rows, earlier_claims, run_facts.input_names, history.latest_as_of, logs)
    return BucketInput(rows, believed_rows, claim_inputs, run_facts, history, promotion_findings)
