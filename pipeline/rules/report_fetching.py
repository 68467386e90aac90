"""AMZ: what happens to the account and while reports are fetched; events of the journal, not findings about lines."""

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules.rule import offence

_OWN = "feedwarden's own check"
_TOKENS = "Login with Amazon: tokens and client secrets"
_REPORTS_API = "Amazon's Reports API 2021-06-30"

secrets_unusable = offence(
    "AMZ-701",
    "secrets_unusable",
    "Without client id, client secret and refresh token nothing can be asked of Amazon, and what others can read is no "
    "secret.",
    title="Secrets missing or refused",
    severity=ERROR,
    source=_TOKENS,
    message="the secrets are missing, unsafe or refused: {reason}",
    hint="Do what the message names, then try feedwarden amazon check.",
)
foreign_state = offence(
    "AMZ-702",
    "foreign_state",
    "The state says which feeds were submitted for one seller in one region: used for another it would hide feeds or "
    "send them twice.",
    title="State of another account",
    severity=ERROR,
    source=_OWN,
    message="this state belongs to another account: {reason}",
    hint="Name the state of this account with --state, or a new folder.",
)
secret_old = offence(
    "AMZ-703",
    "secret_old",
    "Amazon refuses every call once a client secret is 180 days old.",
    title="Client secret old or expired",
    severity=WARNING,
    source=_TOKENS,
    message="the client secret is old: {reason}",
    hint="Rotate the secret in Seller Central, and put the new one where the account file says.",
)
clocks_differ = offence(
    "AMZ-704",
    "clocks_differ",
    "Deadlines are judged by the clock of this machine.",
    title="Clocks differ",
    severity=WARNING,
    source=_OWN,
    message="the clock of this machine and the one of Amazon differ by {difference}",
    hint="Set the clock of this machine by a time server.",
)
readable_by_others = offence(
    "AMZ-705",
    "readable_by_others",
    "Reports hold the names and addresses of buyers.",
    title="Folder readable by others",
    severity=WARNING,
    source="Amazon's data protection policy",
    message="{folder} can be read by others",
    hint="Take the rights of group and others away: chmod -R go= FOLDER.",
)
role_lacking = offence(
    "AMZ-706",
    "role_lacking",
    "Reports with addresses need the role Direct to Consumer Shipping, and an authorization given after the role.",
    title="Role or authorization lacking",
    severity=ERROR,
    source="Amazon's roles of the Selling Partner API",
    message="Amazon does not allow {operation}: role {role}",
    hint="Ask for the role in Seller Central, authorize the application again, and store the new refresh token.",
)
report_not_ready = offence(
    "AMZ-711",
    "report_not_ready",
    "Amazon makes reports when it finds the time.",
    title="Report not ready",
    severity=WARNING,
    source=_REPORTS_API,
    message="{about}: report {report} is not ready yet",
    hint="Fetch again later: the same report is waited for.",
)
report_canceled = offence(
    "AMZ-712",
    "report_canceled",
    "Amazon cancels a report that has no data, one asked for too soon again, and one that somebody canceled, and does "
    "not say which it was: it proves nothing.",
    title="Report canceled or without data",
    severity=WARNING,
    source=_REPORTS_API,
    message="{about}: report {report} was canceled or has no data",
    hint="Nothing where there may be no data. Otherwise fetch again half an hour later.",
)
report_fatal = offence(
    "AMZ-713",
    "report_fatal",
    "A report that ends fatally has no rows.",
    title="Report failed",
    severity=WARNING,
    source=_REPORTS_API,
    message="{about}: report {report} failed twice",
    hint="Fetch again later, or download the report from Seller Central into the inbox.",
)
document_incomplete = offence(
    "AMZ-716",
    "document_incomplete",
    "A report that is cut short would make orders look as if they were not there.",
    title="Document not whole",
    severity=ERROR,
    source=_OWN,
    message="{about}: the document is not whole: {reason}",
    hint="Fetch again later; nothing of it was put into the inbox.",
)
document_unexpected = offence(
    "AMZ-717",
    "document_unexpected",
    "A document is known by its header, and what is not the kind that was asked for is not judged as such.",
    title="Document of another kind",
    severity=ERROR,
    source=_OWN,
    message="{about}: the document is not what was asked for: {reason}",
    hint="Fetch again later; nothing of it was put into the inbox.",
)
unknown_answer = offence(
    "AMZ-718",
    "unknown_answer",
    "Amazon adds words to its answers, and no page says how it reads a feed that is not ASCII.",
    title="Not documented by Amazon",
    severity=INFO,
    source=_OWN,
    message="{about}: {reason}",
    hint="Nothing; look at the processing report where a feed is not ASCII.",
)
