"""POL: what the policy does not say."""

from pipeline.model.severity import INFO
from pipeline.rules.rule import offence

no_policy_value = offence(
    "POL-001",
    "no_policy_value",
    "A rule cannot check what happened before its policy value was in force.",
    title="No policy value",
    severity=INFO,
    source="feedwarden's own check",
    message="the policy has no value of {entry} for {day}, the earliest of {count} such rows",
    hint="Rules that need it did not check these rows; if you know the value, add it to a policy file for --policy.",
)
