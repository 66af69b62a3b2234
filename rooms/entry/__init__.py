"""Entering a room: admission, the waiting list, access to its video."""
