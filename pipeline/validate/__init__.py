"""Whether a row may be believed."""
