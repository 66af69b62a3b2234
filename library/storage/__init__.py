"""Storages of bytes: one contract, one module for each provider."""
