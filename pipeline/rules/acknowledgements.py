"""ACK: what Amazon answered to the feeds that were published."""

from pipeline.model.severity import ERROR, WARNING
from pipeline.rules.rule import offence

refused = offence(
    "ACK-601",
    "refused",
    "A confirmation that Amazon refused is not confirmed.",
    severity=ERROR,
    source="FORMATS §4a",
    message="Amazon refused this confirmation: {answer_code} {answer_text}",
    hint="Mend what Amazon names and confirm again: the item counts as not confirmed.",
)
warned = offence(
    "ACK-602",
    "warned",
    "A row with a warning counts as successful.",
    severity=WARNING,
    source="FORMATS §4a",
    message="Amazon accepted this confirmation with a warning: {answer_code} {answer_text}",
    hint="Mend what Amazon names and send a correction.",
)
counts_differ = offence(
    "ACK-603",
    "counts_differ",
    "An answer belongs to the feed whose records it counts.",
    severity=WARNING,
    source="FORMATS §4a",
    message="{mismatch}",
    hint="Check which upload this report answers, and download it again.",
)
unanswered = offence(
    "ACK-604",
    "unanswered",
    "Until Amazon answers, nobody knows what became of a feed.",
    severity=WARNING,
    source="SPEC §6",
    message="feed {feed} of run {run}, published at {since}, has no processing report yet",
    hint="Check that it was uploaded, and give its processing report to the next run.",
)
