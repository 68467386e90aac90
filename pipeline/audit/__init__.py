"""What the columns hold, and what is otherwise than before."""
