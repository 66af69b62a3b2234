"""``./streamit backup`` and ``./streamit restore``: the database and every local storage."""
