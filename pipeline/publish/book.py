"""The rule book as publishing needs it: what each code says, and what Amazon calls it."""

from pipeline.rules import catalogue

RULES = {rule.code: rule for rule in catalogue.catalogue()}


def amazon(code: str) -> str:
    """Amazon's own code for the same offence where it is known, else ours."""
    rule = RULES.get(code)
    return rule.amazon if rule and rule.amazon else code
