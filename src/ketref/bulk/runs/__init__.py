"""From files of any size to a file of answers."""
