"""The two ideas, on integers and tuples: the course, and each end governed on its own."""
