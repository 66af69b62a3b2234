"""What every bench stands on: the system it measures, the load, and the accounts of both."""
