"""feedwarden: checks an Amazon seller's flat files and writes feeds that are safe to upload."""

__version__ = "0.1.0"
