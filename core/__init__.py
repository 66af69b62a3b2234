"""What every other package stands on: errors, the Redis connection, rate limits, text rules."""
