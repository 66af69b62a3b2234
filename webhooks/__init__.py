"""Telling programs elsewhere what happens here: Standard Webhooks, signed and sent again."""
