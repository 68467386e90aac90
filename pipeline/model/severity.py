"""How much a finding weighs: an error refuses its row, a warning asks for a look, an info only says so."""

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)  # the worst first
