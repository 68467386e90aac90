"""The two passes over the data: splits of files, then buckets of orders."""
