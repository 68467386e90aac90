"""Feeds, reports and manifest, placed all at once or not at all."""
