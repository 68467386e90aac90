"""What makes two runs the same."""

from __future__ import annotations

import hashlib
import json

from pipeline import __version__
from pipeline.model.file_plan import FilePlan
from pipeline.model.run_context import RunContext


def hash_inputs(plans: list[FilePlan], context: RunContext) -> str:
    """What makes two runs the same, whatever the ledger held before them."""
    identity = {
        "inputs": [[plan.source.name, plan.sha256] for plan in plans],
        "account": context.account.settings(),
        "as_of": context.as_of.isoformat(),
        "encoding": context.encoding,
        "policy": context.policy.sha256,
        "version": __version__,
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
