"""What rooms keep in Redis and in the database."""
