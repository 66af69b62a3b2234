"""Names of loggers whose lines are treated differently."""

SECURITY = "security"
