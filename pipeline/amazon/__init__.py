"""Amazon, without a person: reports are fetched, feeds submitted once, and their answers collected."""
