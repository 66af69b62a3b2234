"""``./streamit up``: the supervisor, the embedded Valkey, the page build. It knows no Django."""
