"""The two passes over the data: groups of files, then buckets of orders."""
