"""Runs killed at random instants: what the next run makes of them is what an unharmed one gives."""
