"""The files that people and programs read."""
