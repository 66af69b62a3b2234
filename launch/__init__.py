"""``./streamit up``: the supervisor, the embedded Valkey, the page build. Without Django."""
