"""What rooms store in Redis and in the database."""
