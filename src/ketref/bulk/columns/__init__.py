"""What the rows of one column mean."""
