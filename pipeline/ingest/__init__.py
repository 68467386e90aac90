"""Bytes to text rows with their physical line, and text to typed values."""
