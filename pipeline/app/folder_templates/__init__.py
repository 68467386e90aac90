"""The files of a seller's new folder: ``$name`` stands for what differs from one to another, ``$$`` for a dollar."""
