"""SPEC read a second time, row by row in plain Python, to be held against the program."""
