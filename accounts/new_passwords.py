"""A rule for new passwords beside Django's: see AUTH_PASSWORD_VALIDATORS in config/settings.py."""

from django.core.exceptions import ValidationError

# "aaaaaaaaaaaa", twelve spaces, "1212121212" and such are as easily guessed as common ones, and
# more than a list can hold (NIST SP 800-63B section 5.1.1.2).
FEWEST_DIFFERENT = 4


class VariedPasswordValidator:
    """Refuses passwords that repeat a few characters."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for such a password."""
        if len(set(password)) < FEWEST_DIFFERENT:
            raise ValidationError("This password has too few different characters.")
