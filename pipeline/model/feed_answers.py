"""What Amazon answers to a published confirmation; one that was taken without a word has no answer."""

REFUSED, WARNED = "refused", "warned"
