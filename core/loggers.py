"""Names of loggers whose lines get special treatment."""

SECURITY = "security"
