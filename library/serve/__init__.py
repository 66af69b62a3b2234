"""How bytes go out: ranges, conditions, nginx."""
