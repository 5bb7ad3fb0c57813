"""What in a book is sound, and yet hardly true."""
