"""NTF: what happens while notices are sent; events, not findings about lines."""

from pipeline.model.severity import WARNING
from pipeline.rules.rule import offence

notice_owed = offence(
    "NTF-801",
    "notice_owed",
    "A notice that no server took is sent with the next one.",
    title="Notice not delivered",
    severity=WARNING,
    source="feedwarden's own check",
    message="{channel}: the notice could not be delivered: {reason}",
    hint="Try the channels with feedwarden notify --test.",
)
