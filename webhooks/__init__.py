"""Sending events to other programs: Standard Webhooks, signed and retried."""
