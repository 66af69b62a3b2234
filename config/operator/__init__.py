"""``./streamit admin``: what the operator can do with people, videos, rooms and invites."""
