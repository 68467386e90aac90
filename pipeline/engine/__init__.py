"""Where the two passes run."""
