"""What a keeper of a book does with it."""
