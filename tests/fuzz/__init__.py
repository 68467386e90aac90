"""An attack on the program: inputs damaged in every way, which must end in findings or in one line."""
