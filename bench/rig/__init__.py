"""Shared by the benches: the system under test, the load, and the resources used by both."""
