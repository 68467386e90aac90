"""Who will lose which A-to-z claim, why, and what can still be done."""
