"""``./streamit backup`` and ``./streamit restore``: the database and all local storages."""
