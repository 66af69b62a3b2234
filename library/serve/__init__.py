"""Sending bytes: ranges, conditional requests, nginx."""
