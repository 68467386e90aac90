"""What pass two found out about a bucket, as it is published and remembered, and what only counts with others."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from pipeline.claims import ClaimsResult
from pipeline.lifecycle import (
    ItemChanges,
    UntouchedItems,
    find_policy_gaps,
    list_skus,
    measure_demand,
    measure_rates,
    select_contacted_columns,
)
from pipeline.model import action_items, findings
from pipeline.model.bucket_result import BucketPartials, BucketResult, LedgerChanges
from pipeline.model.upload_decisions import UploadDecisions
from pipeline.passes import line_counts
from pipeline.passes.bucket_input import BucketInput
from pipeline.passes.run_facts import mark_outcomes
from pipeline.reconcile import pair_parcels_with_orders


class PassTwoResult(NamedTuple):
    """What pass two made of a bucket: all about its orders, what only counts with others, and where parcels go."""

    result: BucketResult
    partials: BucketPartials
    parcels: pd.DataFrame


class BucketOutcome(NamedTuple):
    """What each step of pass two found out; ``items`` are all order items, ``ledger_rows`` those new to the ledger."""

    bucket: BucketInput
    items: pd.DataFrame
    ledger_rows: pd.DataFrame
    untouched: UntouchedItems
    decisions: UploadDecisions
    changes: ItemChanges
    claims: ClaimsResult
    report_findings: list[pd.DataFrame]

    def build_result(self) -> PassTwoResult:
        """The same as it is published and remembered, and as the last step needs it."""
        return PassTwoResult(self._build_bucket_result(), self._build_partials(), self.decisions.parcels)

    def _build_bucket_result(self) -> BucketResult:
        run_facts = self.bucket.run_facts
        finding_parts = [
            *(self.decisions.findings, self.claims.findings, self.untouched.findings),
            *self.changes.findings,
            *self.report_findings,
        ]
        worklist = [self.untouched.action_items, self.changes.action_items, self.claims.action_items]
        return BucketResult(
            context=run_facts.context,
            plans=tuple(run_facts.plans),
            tallies=(),
            findings=findings.sort_findings(findings.concat_findings(finding_parts)),
            confirmations=self.decisions.confirmations,
            cancellations=self.decisions.cancellations,
            items=self.items,
            changes=self._build_ledger_changes(),
            action_items=action_items.concat_action_items(worklist),
            metrics=(),
            claims=self.claims.claims,
            waiting_cancellations=run_facts.feed_states.waiting_cancellations,
        )

    def _build_ledger_changes(self) -> LedgerChanges:
        run_facts = self.bucket.run_facts
        return LedgerChanges(
            new_confirmations=self.decisions.newly_published,
            answered_confirmations=run_facts.feed_answers.rows,
            answered_feeds=run_facts.feed_answers.answered_feeds,
            stock=run_facts.latest_stock,
            items=self.ledger_rows,
            last_run=self.bucket.history.last_run_number,
        )

    def _build_partials(self) -> BucketPartials:
        run_facts, context = self.bucket.run_facts, self.bucket.run_facts.context
        counted_rows = [*mark_outcomes(self.bucket.rows), self.decisions.confirmations, self.decisions.cancellations]
        return BucketPartials(
            line_outcomes=line_counts.count_outcomes(counted_rows, len(run_facts.plans)),
            stock_demand=measure_demand(run_facts.latest_stock, self.items),
            contacted_items=select_contacted_columns(self.changes.contacted_items),
            invitations=self.claims.invitations,
            no_stock_skus=list_skus(self.items, self.decisions.no_stock_items),
            tracking_order_pairs=pair_parcels_with_orders(self.decisions.parcels),
            policy_gaps=[*find_policy_gaps(self.items, context), *self.claims.policy_gaps],
            rates=measure_rates(self.items, self.bucket.history, context),
            order_defect_rate=self.claims.metric,
            exposure=self.claims.claims.exposure,
            claim_count=len(self.claims.claims.rows) + len(self.claims.claims.defects),
            repeated_parts=self.decisions.count_repeated_parts(),
        )
