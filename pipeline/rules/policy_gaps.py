"""POL: what the policy does not say."""

from pipeline.model.severity import INFO
from pipeline.rules.rule import offence

no_policy_value = offence(
    "POL-001",
    "no_policy_value",
    "A rule cannot judge what happened before its number was in force.",
    severity=INFO,
    source="SPEC §3",
    message="no value of {entry} is known for {day}, the earliest of {count} such rows",
    hint="Rules that need it did not judge these rows; give an overlay with --policy if you know the value.",
)
