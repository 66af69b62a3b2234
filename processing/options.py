"""The operator's options for an external processor. Secrets do not show in a repr."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """``url`` has no trailing slash. The first of ``secrets`` signs, and all are accepted."""

    url: str
    secrets: tuple[SecretStr, ...]

    @property
    def keys(self) -> list[str]:
        """The secrets as text."""
        return [secret.get_secret_value() for secret in self.secrets]
