"""The base of all other packages: errors, Redis and database access, rate limits, text rules."""
