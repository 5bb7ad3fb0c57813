"""Answers as pictures: what is drawn of each kind of answer, and how it is drawn."""
