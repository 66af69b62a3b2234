"""The packages that servers and workers run, lowest first; ``launch`` stands apart."""

PACKAGES = (
    "core",
    "server",
    "accounts",
    "media",
    "library",
    "presence",
    "playback",
    "processing",
    "webhooks",
    "rooms",
    "config",
)
