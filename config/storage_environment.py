"""The settings of video storages, as a part of ``config.environment``."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from config.setting_types import Bytes, Endpoint, StringList
from library.storage.options import (
    Account,
    AzureOptions,
    DatabaseOptions,
    DriveOptions,
    DropboxOptions,
    GcsOptions,
    LocalOptions,
    Options,
    RemoteOptions,
    S3Options,
)

# The settings that a storage needs; "local", "database" and "remote" need none.
NEEDS = {
    "local": (),
    "database": (),
    "s3": ("s3_bucket",),
    "gcs": ("gcs_bucket", "gcs_service_account"),
    "azure": ("azure_account", "azure_container", "azure_account_key"),
    "dropbox": ("dropbox_app_key", "dropbox_app_secret", "dropbox_refresh_token"),
    "gdrive": ("gdrive_client_id", "gdrive_client_secret", "gdrive_refresh_token"),
    "remote": (),
}
NONE = SecretStr("")


class StorageEnvironment(BaseSettings):
    """The environment variables of video storages."""

    database_max_bytes: Bytes = Field(
        1024**3,
        ge=1024,
        description="The largest video that the storage `database` takes, in bytes.",
    )
    s3_bucket: str = Field("", description="Storage `s3`: the bucket.")
    s3_prefix: str = Field("", description="Storage `s3`: a folder in the bucket.")
    s3_region: str = Field("us-east-1", description="Storage `s3`: the bucket's region.")
    s3_endpoint: Endpoint = Field(
        "", description="Storage `s3`: the address of a server that is not Amazon's."
    )
    s3_access_key_id: str = Field(
        "",
        description="Storage `s3`: the key's name. Empty: the role of the machine, or what the `AWS_` variables say.",
    )
    s3_secret_access_key: SecretStr = Field(NONE, description="Storage `s3`: the key.")
    gcs_bucket: str = Field("", description="Storage `gcs`: the bucket.")
    gcs_prefix: str = Field("", description="Storage `gcs`: a folder in the bucket.")
    gcs_service_account: SecretStr = Field(
        NONE,
        description="Storage `gcs`: the key of a service account, as the JSON text that Google gives; best by `STREAMIT_GCS_SERVICE_ACCOUNT_FILE`.",
    )
    gcs_endpoint: Endpoint = Field(
        "", description="Storage `gcs`: the address of a server that is not Google's."
    )
    azure_account: str = Field("", description="Storage `azure`: the storage account.")
    azure_container: str = Field("", description="Storage `azure`: the container.")
    azure_prefix: str = Field("", description="Storage `azure`: a folder in the container.")
    azure_account_key: SecretStr = Field(NONE, description="Storage `azure`: the account's key.")
    azure_endpoint: Endpoint = Field(
        "", description="Storage `azure`: the address of a server that is not Azure."
    )
    dropbox_app_key: str = Field("", description="Storage `dropbox`: the key of your app.")
    dropbox_app_secret: SecretStr = Field(
        NONE, description="Storage `dropbox`: the secret of your app."
    )
    dropbox_refresh_token: SecretStr = Field(
        NONE, description="Storage `dropbox`: the refresh token of the account."
    )
    dropbox_folder: str = Field("/streamit", description="Storage `dropbox`: the folder.")
    gdrive_client_id: str = Field("", description="Storage `gdrive`: the OAuth client's id.")
    gdrive_client_secret: SecretStr = Field(
        NONE, description="Storage `gdrive`: the OAuth client's secret."
    )
    gdrive_refresh_token: SecretStr = Field(
        NONE, description="Storage `gdrive`: the refresh token of the account."
    )
    gdrive_folder_id: str = Field("root", description="Storage `gdrive`: the id of the folder.")
    # Last, so that its check sees the others.
    storages: StringList = Field(
        default_factory=lambda: ["local", "remote"],
        description=(
            "Where owners may keep videos, the default first: "
            + ", ".join(f"`{name}`" for name in NEEDS if name != "remote")
            + "; and `remote`, which allows links to videos elsewhere."
        ),
    )

    @field_validator("gcs_service_account")
    @classmethod
    def _check_service_account(cls, account: SecretStr) -> SecretStr:
        try:
            is_key = not text_of(account) or "private_key" in json.loads(text_of(account))
        except (ValueError, TypeError):
            is_key = False
        if not is_key:
            raise ValueError("must be the JSON text of a service account's key")
        return account

    @field_validator("storages")
    @classmethod
    def _check_storages(cls, names: list[str], info: ValidationInfo) -> list[str]:
        for name in names:
            if name not in NEEDS:
                raise ValueError(f"{name} is none of: {', '.join(NEEDS)}")
            for field in NEEDS[name]:
                if not text_of(info.data.get(field)):
                    raise ValueError(f"{name} needs STREAMIT_{field.upper()}")
        if not set(names) - {"remote"}:
            raise ValueError("name at least one that takes videos, for example local")
        if len(set(names)) < len(names):
            raise ValueError("names one twice")
        return names

    def storage_options(
        self, *, data: Path, link_max_bytes: Bytes, own_hosts: Iterable[str]
    ) -> dict[str, Options]:
        """Return the options of every storage that is set up, offered or not."""
        options: dict[str, Options] = {
            "local": LocalOptions(data / "videos"),
            "database": DatabaseOptions(self.database_max_bytes),
            "s3": S3Options(
                bucket=self.s3_bucket,
                prefix=self.s3_prefix,
                region=self.s3_region,
                endpoint=self.s3_endpoint,
                access_key_id=self.s3_access_key_id,
                secret_access_key=self.s3_secret_access_key,
            ),
            "gcs": GcsOptions(
                bucket=self.gcs_bucket,
                prefix=self.gcs_prefix,
                service_account=self.gcs_service_account,
                endpoint=self.gcs_endpoint,
            ),
            "azure": AzureOptions(
                account=self.azure_account,
                container=self.azure_container,
                prefix=self.azure_prefix,
                account_key=self.azure_account_key,
                endpoint=self.azure_endpoint,
            ),
            "dropbox": DropboxOptions(
                Account(self.dropbox_app_key, self.dropbox_app_secret, self.dropbox_refresh_token),
                folder=self.dropbox_folder,
            ),
            "gdrive": DriveOptions(
                Account(
                    self.gdrive_client_id, self.gdrive_client_secret, self.gdrive_refresh_token
                ),
                folder_id=self.gdrive_folder_id,
            ),
            "remote": RemoteOptions(link_max_bytes, frozenset(own_hosts)),
        }
        return {
            name: each
            for name, each in options.items()
            if all(text_of(getattr(self, field)) for field in NEEDS[name])
        }


def text_of(value: object) -> str:
    """Return a setting as text, also a secret; "" for none."""
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
