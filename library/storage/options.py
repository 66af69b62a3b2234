"""The operator's options for each storage provider. Secrets are not shown in a repr.

An ``endpoint`` is only needed for servers that are not the provider's own.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class LocalOptions:
    root: Path


@dataclass(frozen=True, slots=True)
class DatabaseOptions:
    max_bytes: int


@dataclass(frozen=True, slots=True)
class S3Options:
    bucket: str
    prefix: str
    region: str
    endpoint: str
    access_key_id: str
    secret_access_key: SecretStr


@dataclass(frozen=True, slots=True)
class GcsOptions:
    """``service_account`` is the JSON text of a service account's key."""

    bucket: str
    prefix: str
    service_account: SecretStr
    endpoint: str


@dataclass(frozen=True, slots=True)
class AzureOptions:
    account: str
    container: str
    prefix: str
    account_key: SecretStr
    endpoint: str


@dataclass(frozen=True, slots=True)
class Account:
    """The credentials of an application for an account (RFC 6749 section 6)."""

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


@dataclass(frozen=True, slots=True)
class DropboxOptions:
    account: Account
    folder: str


@dataclass(frozen=True, slots=True)
class DriveOptions:
    account: Account
    folder_id: str


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """``own_hosts`` are the names of this server; links must not lead to them."""

    max_bytes: int
    own_hosts: frozenset[str] = frozenset()


Options = (
    LocalOptions
    | DatabaseOptions
    | S3Options
    | GcsOptions
    | AzureOptions
    | DropboxOptions
    | DriveOptions
    | RemoteOptions
)
