"""What the files of an Amazon seller look like: one module a kind, closed lists as data."""
