"""Names of loggers whose lines the log treats in a way of its own."""

SECURITY = "security"
