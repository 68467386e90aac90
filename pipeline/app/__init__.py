"""Jobs as a caller sees them, and what the command line says of them."""
