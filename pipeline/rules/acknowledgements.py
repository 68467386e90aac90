"""ACK: what Amazon answered to the feeds that were published."""

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules.rule import offence

refused = offence(
    "ACK-601",
    "refused",
    "An item whose confirmation Amazon refused is not confirmed.",
    title="Confirmation refused by Amazon",
    severity=ERROR,
    source="Amazon's feed processing report",
    message="Amazon refused this confirmation: {answer_code} {answer_text}",
    hint="Fix what Amazon names and confirm again: the item counts as not confirmed.",
)
warned = offence(
    "ACK-602",
    "warned",
    "A row with a warning counts as successful.",
    title="Confirmation accepted with a warning",
    severity=WARNING,
    source="Amazon's feed processing report",
    message="Amazon accepted this confirmation with a warning: {answer_code} {answer_text}",
    hint="Fix what Amazon names and send a correction.",
)
counts_differ = offence(
    "ACK-603",
    "counts_differ",
    "A processing report belongs to the feed whose number of records it states.",
    title="Processing report does not match a feed",
    severity=WARNING,
    source="Amazon's feed processing report",
    message="{mismatch}",
    hint="Check which upload this report is about, and download it again.",
)
unanswered = offence(
    "ACK-604",
    "unanswered",
    "The outcome of a feed is unknown until its processing report is read.",
    title="No processing report yet",
    severity=WARNING,
    source="feedwarden's own check",
    message="feed {feed} of run {run}, {sent} at {since}, has no processing report yet",
    hint="Check that it was uploaded, and include its processing report in the next run.",
)
feed_refused = offence(
    "ACK-605",
    "feed_refused",
    "A feed that Amazon refuses as a whole confirms nothing, whatever its counts say.",
    title="Whole feed refused",
    severity=ERROR,
    source="Amazon's feed processing report",
    message="Amazon refused a whole feed: {answer_code} {answer_text}; {fits}",
    hint="Look up in Seller Central which upload was refused, fix what Amazon names, and upload that feed again.",
)
given_up = offence(
    "ACK-606",
    "feed_abandoned",
    "A feed that a person has given up confirms nothing.",
    title="Feed given up",
    severity=INFO,
    source="the person who gave it up with feedwarden submit --give-up",
    message="feed {feed} of run {run} was given up at {since}: none of its rows counts as confirmed",
    hint="Confirm its rows again where they are still to be confirmed.",
)
