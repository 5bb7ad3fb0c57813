"""What a book is made of, as types: nothing is read here, nothing is asked."""
