"""AMZ: what happens while feeds are submitted and answered; events of the journal, not findings about lines."""

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules.rule import offence

_OWN_CHECK = "feedwarden's own check"
_FEEDS_API = "Amazon's Feeds API 2021-06-30"

feed_changed = offence(
    "AMZ-720",
    "feed_changed",
    "Only the bytes that a run has checked and published are submitted.",
    title="Feed is not the one published",
    severity=ERROR,
    source=_OWN_CHECK,
    message="{about} is not the file that its manifest names: {reason}",
    hint="Run again, or write the parts again with feedwarden feeds write, and submit that output.",
)
submitted_before = offence(
    "AMZ-721",
    "submitted_before",
    "A part is submitted once, from whatever output it is given.",
    title="Submitted before",
    severity=INFO,
    source=_OWN_CHECK,
    message="{about} was submitted before: {reason}",
    hint="Nothing. Send it once more with --again only where Amazon lost it.",
)
not_submittable = offence(
    "AMZ-722",
    "not_submittable",
    "Amazon takes flat inventory files no more by its interface.",
    title="Cannot be submitted",
    severity=INFO,
    source="Amazon's feed types",
    message="{about} cannot be submitted",
    hint="Enter the quantities in Seller Central, or upload a spreadsheet there.",
)
submission_refused = offence(
    "AMZ-723",
    "submission_refused",
    "Amazon said no, so no feed was made; what it refuses once it would refuse again.",
    title="Submission refused",
    severity=ERROR,
    source=_FEEDS_API,
    message="Amazon refused the submission of {about}: {reason}",
    hint="Fix what Amazon names, then submit it with --again, or end it with --give-up.",
)
submission_unknown = offence(
    "AMZ-724",
    "submission_unknown",
    "Amazon has no key that makes a submission safe to repeat: what may have arrived is not sent again before Amazon's "
    "list of feeds was looked at.",
    title="Submitted or not is unknown",
    severity=ERROR,
    source=_FEEDS_API,
    message="{about}: it is not known whether Amazon took the feed: {reason}",
    hint="Submit, collect or start the night again later: the feed is looked for. Where a person must decide, "
    "feedwarden amazon status lists the feeds it could be; then --adopt, --again or --give-up.",
)
feed_found = offence(
    "AMZ-725",
    "feed_found",
    "One feed alone can be the one whose answer was lost.",
    title="Lost answer and feed found",
    severity=WARNING,
    source=_OWN_CHECK,
    message="{about}: the answer was lost, feed {feed} is taken for it",
    hint="Nothing: its processing report will show whether it is.",
)
feed_of_another = offence(
    "AMZ-726",
    "feed_of_another",
    "A feed that was found and not seen made is ours only if its processing report speaks of our orders.",
    title="Found feed is of another",
    severity=ERROR,
    source=_OWN_CHECK,
    message="{about}: feed {feed} was taken for it, but its processing report is about something else",
    hint="Look in Seller Central whether the part arrived; then --again or --give-up.",
)
several_candidates = offence(
    "AMZ-727",
    "several_candidates",
    "Amazon's list does not say which file a feed came from.",
    title="Several feeds could be it",
    severity=ERROR,
    source=_FEEDS_API,
    message="{about}: several feeds could be it: {feeds}",
    hint="Look in Seller Central which it is: --adopt PART FEED-ID, --again PART or --give-up PART.",
)
part_too_old = offence(
    "AMZ-728",
    "part_too_old",
    "What was published long ago may have been uploaded by hand, or be out of date.",
    title="Too old to be sent by itself",
    severity=WARNING,
    source=_OWN_CHECK,
    message="{about} was published more than {days} days ago and is not sent by itself",
    hint="Send it with --again PART, or end it with --give-up PART.",
)
feed_fatal = offence(
    "AMZ-730",
    "feed_fatal",
    "A feed that ends fatally may have done some, none or all of what it says.",
    title="Feed failed",
    severity=ERROR,
    source=_FEEDS_API,
    message="{about}: feed {feed} failed; some, none or all of it may have been done",
    hint="Wait for the next reports; confirm again what they still call unshipped.",
)
result_missing = offence(
    "AMZ-731",
    "result_missing",
    "A feed is done, and what became of its rows is in its processing report.",
    title="Feed done without a result",
    severity=WARNING,
    source=_FEEDS_API,
    message="{about}: feed {feed} is done, and has no processing report yet",
    hint="Collect again later, or download the report from Seller Central into the inbox.",
)
feed_slow = offence(
    "AMZ-732",
    "feed_slow",
    "Amazon asks to wait for 8 hours before a feed is complained of.",
    title="Feed waits long",
    severity=WARNING,
    source="Amazon's support",
    message="{about}: feed {feed} is {status} for more than {hours} hours",
    hint="Open a case with Amazon. Do not send it again.",
)
feed_canceled = offence(
    "AMZ-733",
    "feed_canceled",
    "A canceled feed was never begun, so nothing of it was done.",
    title="Feed canceled and sent again",
    severity=WARNING,
    source=_FEEDS_API,
    message="{about}: feed {feed} was canceled; {reason}",
    hint="Find out who cancels feeds.",
)
feed_given_up = offence(
    "AMZ-734",
    "feed_given_up",
    "Amazon keeps the results of feeds for 28 days.",
    title="No answer for too long",
    severity=WARNING,
    source="Amazon's feed types",
    message="{about}: feed {feed} has no answer after {days} days and is looked for no more",
    hint="Look in Seller Central what became of it.",
)
night_unfinished = offence(
    "AMZ-740",
    "night_unfinished",
    "A night that was left too long ago is not gone on with: its reports are old.",
    title="Night left unfinished",
    severity=WARNING,
    source=_OWN_CHECK,
    message="the night of {about} was left unfinished at step {step}",
    hint="Nothing: a new night was begun. Look in the log why the earlier one ended.",
)
