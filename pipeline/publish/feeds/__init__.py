"""The files that are uploaded to Amazon."""
