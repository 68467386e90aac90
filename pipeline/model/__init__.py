"""The records and frames that travel between the stages."""
