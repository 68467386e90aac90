"""Writing files and placing all outputs of a run at once."""
