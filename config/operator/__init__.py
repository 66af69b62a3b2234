"""``./streamit admin``: what the operator may do with people, videos, rooms and invites."""
