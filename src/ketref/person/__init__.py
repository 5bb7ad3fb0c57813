"""One person's doses and results."""
