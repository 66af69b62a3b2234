"""Converting films for browsers: jobs, the worker, the results."""
