"""Making films that every browser plays: jobs, the worker, what it made."""
