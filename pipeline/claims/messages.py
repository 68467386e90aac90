"""The evidence put into words: what was sent, written, promised and refunded, each with its file, line and time.

Texts are made for the claims that a rule is about, and are null for the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims.claim_rows import NOT_RECEIVED, ClaimRows
from pipeline.claims.contact_rows import CHANNEL_WORDS
from pipeline.claims.contacts import ContactTimeline
from pipeline.claims.formatting import concat_text, format_days, format_instants, format_locations, format_times
from pipeline.claims.grounds import Grounds
from pipeline.claims.refunds import Refunds
from pipeline.utils import arrow
from pipeline.utils.dtypes import NEVER, Array
from schemas.confirmation import DELETE_TRACKING


class EvidenceMessages:
    """The evidence of some claims in words."""

    def __init__(
        self,
        claims: ClaimRows,
        grounds: Grounds,
        timeline: ContactTimeline,
        file_names: list[str],
        confirmations: pd.DataFrame,
    ) -> None:
        """``confirmations`` are the confirmations, ``file_names`` the names of all files."""
        self.case, self.grounds, self.heard, self.names, self.sent = (
            claims,
            grounds,
            timeline,
            file_names,
            confirmations,
        )

    def explain_tracking(self, rows: Array) -> Any:
        """Why there is no usable tracking number."""
        not_shipped = self.grounds.facts.not_shipped[rows]
        confirmation_index = np.where(not_shipped, -1, self.grounds.facts.untracked_confirmation[rows])
        tracking_number = self._take_column("tracking_number", confirmation_index)
        reason = pc.if_else(
            pc.is_null(tracking_number),
            "no tracking number",
            pc.if_else(
                pc.equal(tracking_number, DELETE_TRACKING),
                "NULL instead of a tracking number",
                concat_text("tracking number ", tracking_number, ", which does not fit the carrier"),
            ),
        )
        confirmation_text = concat_text(
            "the confirmation of ",
            self._ship_date(confirmation_index),
            " (",
            format_locations(self.sent, self.names, confirmation_index),
            ") has ",
            reason,
        )
        return pc.coalesce(confirmation_text, "no shipment is confirmed, and no report shows one")

    def explain_reply(self, rows: Array) -> Any:
        """Whose question was not answered, or when it was."""
        contact_index = self.grounds.missed_contact[rows]
        reply_index = self.heard.replies_to(contact_index)
        reply_text = concat_text(
            "the reply came at ",
            format_times(self.heard.times_at(reply_index)),
            " (",
            self.heard.format_locations(self.names, reply_index),
            ")",
        )
        return concat_text(
            "the buyer's ",
            self.name_channel(rows),
            " of ",
            format_times(self.heard.times_at(contact_index)),
            " (",
            self.heard.format_locations(self.names, contact_index),
            ") needed a reply by ",
            format_instants(self.grounds.missed_due.first[rows]),
            "; ",
            pc.coalesce(reply_text, "no reply is known"),
        )

    def name_channel(self, rows: Array) -> Any:
        """By what the buyer had to contact the seller."""
        return arrow.take_strings(CHANNEL_WORDS, (self.case.claim_type[rows] != NOT_RECEIVED).astype(np.int64))

    def explain_shipping(self, rows: Array, items: pd.DataFrame) -> Any:
        """How the order was shipped late, or not at all."""
        confirmation_index = self.grounds.facts.late_confirmation[rows]
        item_index = (
            arrow.to_int64(self.sent["item"])[np.maximum(confirmation_index, 0)]
            if len(self.sent)
            else np.zeros(len(confirmation_index), np.int64)
        )
        promised_at = np.where(
            confirmation_index >= 0,
            arrow.to_int64(items["promise_date"].take(item_index)),
            self.grounds.facts.promised_at[rows],
        )
        promise_text = format_instants(promised_at)
        late_text = concat_text(
            "shipped ",
            self._ship_date(confirmation_index),
            " (",
            format_locations(self.sent, self.names, confirmation_index),
            "), promised by ",
            promise_text,
        )
        return pc.coalesce(
            late_text, concat_text("neither confirmed nor reported as shipped; promised by ", promise_text)
        )

    def explain_delivery(self, rows: Array) -> Any:
        """How the order was delivered late, or not at all."""
        due_text = format_days(self.grounds.estimated_day[rows])
        delivered_text = format_times(self.case.dates["delivered_date"].take(rows))
        late_text = concat_text("delivered ", delivered_text, "; estimated for ", due_text)
        return pc.coalesce(late_text, concat_text("estimated for ", due_text, "; no delivery is known"))

    def explain_early(self, rows: Array) -> Any:
        """What the buyer should have waited for."""
        contact_index = self.grounds.first_contact[rows]
        contact_text = concat_text(
            "the first ",
            self.name_channel(rows),
            " is of ",
            format_times(self.heard.times_at(contact_index)),
            " (",
            self.heard.format_locations(self.names, contact_index),
            ")",
        )
        estimated_day = np.where(self.case.claim_type[rows] == NOT_RECEIVED, self.grounds.estimated_day[rows], NEVER)
        return concat_text(
            contact_text, pc.coalesce(concat_text("; delivery was estimated for ", format_days(estimated_day)), "")
        )

    def explain_refund(self, rows: Array, refunds: Refunds, returns: pd.DataFrame) -> Any:
        """What came back, and what was paid back of what was to be."""
        return_row = refunds.report_row[rows]
        returned_at = self.case.dates["returned_date"].take(rows)
        delivery_day = (
            arrow.to_int64(returns["return_delivery_date"].take(np.maximum(return_row, 0)))
            if len(returns)
            else return_row
        )
        report_text = concat_text(
            format_days(np.where(return_row < 0, NEVER, delivery_day)),
            " (",
            format_locations(returns, self.names, return_row),
            ")",
        )
        returned_text = pc.coalesce(format_times(returned_at), report_text)
        positions = pa.array(refunds.find_positions(rows))
        paid_text = pc.coalesce(refunds.refunded.take(positions).cast(pa.string()), "nothing")
        due_text = pc.coalesce(concat_text(" of ", refunds.amount_due.take(positions).cast(pa.string())), "")
        return concat_text("returned ", returned_text, "; ", paid_text, due_text, " refunded")

    def _ship_date(self, confirmation_index: Array) -> Any:
        return pc.coalesce(self._take_column("ship_date", confirmation_index).cast(pa.string()), "an unknown day")

    def _take_column(self, name: str, confirmation_index: Array) -> Any:
        column = arrow.to_arrow(self.sent[name]).combine_chunks()
        return column.take(pa.array(np.maximum(confirmation_index, 0), mask=confirmation_index < 0))
