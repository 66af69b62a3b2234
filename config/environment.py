"""Every setting that comes from the environment, with its type, default and meaning.

``docs/settings.md`` is generated from this model. A wrong value stops the start with the
variable's name; an empty one counts as none. Each ``X`` may instead be given as ``X_FILE``:
the path of a file that holds the value, for secrets mounted by a container engine.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.setting_types import (
    Bytes,
    DatabaseUrl,
    Duration,
    Hosts,
    LogFile,
    Networks,
    Program,
    PublicUrl,
    RedisUrl,
    StringList,
    WorkFolder,
)
from config.storage_environment import StorageEnvironment, text_of
from core import signing
from core.validation import why
from library.storage.addresses import Rules, parse
from library.storage.base import Refused
from processing.options import HttpOptions
from server.addresses import is_private

DEFAULT_SOURCES = [
    "playback.sources.library.LibrarySource",
    "playback.sources.youtube.YouTubeSource",
    "playback.sources.vimeo.VimeoSource",
    "playback.sources.vidking.VidkingSource",
]


class Environment(StorageEnvironment):
    """The environment of one StreamIt process."""

    model_config = SettingsConfigDict(env_prefix="STREAMIT_", env_ignore_empty=True, extra="ignore")

    data: Path = Field(
        Path("var"),
        description="Folder for the database, uploads, secrets and the embedded Valkey.",
    )
    secret_key: str = Field(
        "",
        description="Signs sessions, tickets and tokens; at least 32 characters. `./streamit up` makes one in the data folder.",
    )
    database_url: DatabaseUrl = Field(
        "",
        validation_alias="DATABASE_URL",
        description="`postgres://user:password@host/name` or `sqlite:///path`. Empty: SQLite in the data folder.",
    )
    redis_url: RedisUrl = Field(
        "",
        validation_alias="REDIS_URL",
        description="`redis://…`, `rediss://…` or `unix://…`, or `redis+sentinel://host:port,host:port/service` (docs/operations/install.md). Empty: `./streamit up` starts an embedded Valkey.",
    )
    public_url: PublicUrl | None = Field(
        None,
        description="The address people use, for example `https://watch.example.org`, without a path. With https, browsers are told to use nothing else (HSTS).",
    )
    hosts: Hosts = Field(
        default_factory=list,
        description="Host names this server answers to, besides that of the public URL and local names; comma-separated. `*` answers to every name, and then any site can give its own name this server's address and let a visitor's browser act here as a guest.",
    )
    trusted_proxy: bool = Field(
        False,
        description="Believe `X-Forwarded-For` and `X-Forwarded-Proto`. Only behind a proxy that sets them itself.",
    )
    sign_up: Literal["open", "invite", "closed"] = Field(
        "open",
        description="Who may make an account: `open` anyone, `invite` whoever has a code of `./streamit admin invite`, `closed` nobody.",
    )
    guests: Literal["auto", "upload", "watch", "off"] = Field(
        "auto",
        description="What people without an account may do: `upload` everything that others may, `watch` everything except upload (they may host links), `off` nothing. `auto` is `upload` if all names and addresses of this server belong to this machine or a private network, otherwise `watch`.",
    )
    server: Literal["uvicorn", "daphne"] = Field(
        "uvicorn",
        description="The web server: `daphne` is slower and does not limit slow readers (docs/operations/install.md).",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The lowest level that is logged."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="`text` for people, `json` for machines."
    )
    log_path: LogFile | None = Field(
        None,
        description="File to log to instead of stderr. `./streamit up` rotates it at 10 MiB and keeps five.",
    )
    rate_limits: bool = Field(
        True,
        description="`off` turns off every rate limit, for load tests. Refused unless the server listens on loopback only.",
    )
    grace: Duration = Field(
        timedelta(seconds=60),
        description="How long a room waits for its host after the host's last connection is gone.",
    )
    idle: Duration = Field(
        timedelta(hours=6),
        description="How long an empty room stays, unless its host keeps it.",
    )
    guest_expiry: Duration = Field(
        timedelta(days=90),
        description="How long guests who do not come back are kept, with everything they own.",
    )
    room_expiry: Duration = Field(
        timedelta(days=30),
        description="How long the database keeps an ended room and its members.",
    )
    presence_lease: Duration = Field(
        timedelta(seconds=12),
        description="How long a connection still counts as present after its server process has stopped renewing it.",
    )
    max_capacity: int = Field(
        1000, ge=2, le=100_000, description="The largest capacity a room may have."
    )
    max_upload_bytes: Bytes = Field(
        8 * 1024**3, ge=1024, description="The largest video file that may be uploaded, in bytes."
    )
    max_owner_bytes: Bytes = Field(
        100 * 1024**3,
        ge=1024,
        description="How many bytes one person's videos, with everything made from them, and unfinished uploads may have together.",
    )
    disk_reserve_bytes: Bytes | None = Field(
        None,
        ge=0,
        description="How many bytes of the disk uploads leave free. Empty: 5 % of the disk, at most 1 GiB.",
    )
    max_address_bytes: Bytes = Field(
        100 * 1024**3,
        ge=1024,
        description="How many bytes from one address (an IPv6 /64) there may be, counted as those of one person. For guests, and for accounts where `STREAMIT_SIGN_UP` is `open`.",
    )
    max_guests_bytes: Bytes = Field(
        200 * 1024**3,
        ge=0,
        description="How many bytes all guests may have together, counted in the same way.",
    )
    max_duration: Duration = Field(
        timedelta(hours=12), description="The longest video that may be uploaded."
    )
    upload_expiry: Duration = Field(
        timedelta(days=1),
        description="How long an interrupted upload can be continued, counted from its last byte.",
    )
    upload_lease: Duration = Field(
        timedelta(minutes=1),
        description="How long the unfinished uploads and deletions of a crashed server are left alone before they are cleaned up.",
    )
    media_token_ttl: Duration = Field(
        timedelta(hours=1), description="How long a link to a video's bytes works."
    )
    jobs: int = Field(
        1,
        ge=0,
        le=16,
        description="How many worker processes `./streamit up` runs; they convert films for browsers. 0: none here.",
    )
    ffmpeg: Program = Field(
        "",
        description="The ffmpeg program, of version 7.1 or newer. Empty: the one that is installed with the Python packages.",
    )
    job_lease: Duration = Field(
        timedelta(minutes=1),
        description="How long the job of a killed worker waits before another takes it over.",
    )
    ladder: Literal["auto", "off", "always"] = Field(
        "auto",
        description="Which films that browsers can play are also converted to several sizes (360, 720, 1080 lines): `auto` those with more than 480 lines, 2.5 Mbit/s or one language, `off` none, `always` all.",
    )
    processor_url: HttpUrl | None = Field(
        None, description="Processor `http`: the address of the service, with its path."
    )
    processor_secret: SecretStr = Field(
        SecretStr(""),
        description="Processor `http`: the key that signs messages in both directions, `whsec_…` (Standard Webhooks).",
    )
    processor_old_secret: SecretStr = Field(
        SecretStr(""),
        description="Processor `http`: the previous key, accepted besides the present one while the service changes over.",
    )
    processor: Literal["local", "http"] = Field(
        "local",
        description="Who converts films for browsers: `local` the workers themselves, `http` an external service, which workers call (docs/operations/workers.md).",
    )
    scratch: WorkFolder | None = Field(
        None,
        description="Folder in which workers write files before they go to a storage; each StreamIt makes its own folder there (`streamit-…`) and touches nothing else. Empty: `scratch` in the data folder.",
    )
    nginx_sends_files: bool = Field(
        False,
        description="nginx in front, with the locations of deploy/nginx.conf, sends local video files itself. Without these, nobody can play videos.",
    )
    metrics_networks: Networks = Field(
        default_factory=lambda: ["127.0.0.0/8", "::1/128"],
        description="Networks from which `/metrics` may be read; comma-separated. `none`: no network, so the token is needed.",
    )
    metrics_token: str = Field(
        "",
        description="A token that lets a program read `/metrics` from anywhere, as `Authorization: Bearer …`.",
    )
    access_token_ttl: Duration = Field(
        timedelta(days=30), description="How long a Bearer token works."
    )
    playback_sources: StringList = Field(
        default_factory=lambda: list(DEFAULT_SOURCES),
        description="Dotted paths of the PlaybackSource adapters, in the order in which they try a link.",
    )
    vidking_url: HttpUrl = Field(
        HttpUrl("https://www.vidking.net"), description="Base address of the Vidking player."
    )
    youtube_url: HttpUrl = Field(
        HttpUrl("https://www.youtube-nocookie.com"), description="Base address of YouTube embeds."
    )
    vimeo_url: HttpUrl = Field(
        HttpUrl("https://player.vimeo.com"), description="Base address of Vimeo embeds."
    )
    titles: bool = Field(
        True, description="Ask YouTube and Vimeo for the titles of the videos that rooms play."
    )

    @field_validator("processor_secret", "processor_old_secret")
    @classmethod
    def _check_secret(cls, secret: SecretStr) -> SecretStr:
        text = secret.get_secret_value()
        if text and len(signing.key_of(text)) < signing.LEAST_SECRET_BYTES:
            raise ValueError(f"must stand for at least {signing.LEAST_SECRET_BYTES} bytes")
        return secret

    @field_validator("processor_url")
    @classmethod
    def _check_processor_url(cls, url: HttpUrl | None) -> HttpUrl | None:
        if url is not None:
            if url.query or url.fragment:
                raise ValueError("must end with the path: jobs are below it")
            try:
                parse(str(url), Rules())
            except Refused as error:
                raise ValueError(error.message) from None
        return url

    @field_validator("processor")
    @classmethod
    def _check_processor(cls, name: str, info: ValidationInfo) -> str:
        for field in ("processor_url", "processor_secret", "public_url") if name == "http" else ():
            # One that is wrong itself is named by its own error.
            if field in info.data and not text_of(info.data[field]):
                raise ValueError(f"{name} needs {variable_name(field)}")
        return name

    def processor_options(self) -> HttpOptions | None:
        """Return what is told of the service elsewhere; None where there is none."""
        if self.processor == "local":
            return None
        secrets = (self.processor_secret, self.processor_old_secret)
        given = tuple(secret for secret in secrets if secret.get_secret_value())
        return HttpOptions(str(self.processor_url).rstrip("/"), given)

    def scratch_folder(self, *, data: Path, secret_key: str, database: Mapping[str, Any]) -> Path:
        """Return where workers make files, and remove what no job of ``database`` knows.

        Below a folder that may be anybody's it is one that no other StreamIt takes.
        """
        if self.scratch is None:
            return data / "scratch"
        marks = (secret_key, *(str(database.get(part)) for part in ("HOST", "PORT", "NAME")))
        name = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:12]
        return self.scratch.resolve() / f"streamit-{name}"

    def what_guests_may_do(self) -> Literal["upload", "watch", "off"]:
        """Return ``guests``, or what its "auto" comes to here."""
        if self.guests != "auto":
            return self.guests
        if self.public_url is None:
            # A proxy without a known address says nothing of who gets in by it.
            is_at_home = not self.trusted_proxy
        else:
            is_at_home = is_private([self.public_url.host or ""])
        return "upload" if is_at_home and is_private(self.hosts) else "watch"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment only: no .env file, no folder of secrets."""
        return (init_settings, env_settings)


def variable_name(field: str) -> str:
    """Return the environment variable that sets ``field``."""
    alias = Environment.model_fields[field].validation_alias
    return str(alias) if alias else f"STREAMIT_{field.upper()}"


class WrongSetting(SystemExit):
    """Ends the start; the text names each wrong variable and why it is wrong."""


# Kubernetes tells every container of the Services beside it, in the way of Docker's old links:
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_SERVICE = re.compile(r"(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$")


def _is_kubernetes(name: str) -> bool:
    """Tell whether ``name`` is there because a Service is called streamit, or streamit-…."""
    # Who thinks that STREAMIT_PORT=9000 sets our port is to hear that it does not.
    is_link = name.endswith("_PORT") and "://" in os.environ[name]
    return is_link or _SERVICE.search(name) is not None


def read_environment() -> Environment:
    """Read and check the environment; raise WrongSetting with every wrong name."""
    names = {variable_name(field): field for field in Environment.model_fields}
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith("STREAMIT_")
        and name.removesuffix("_FILE") not in names
        and not _is_kubernetes(name)
    )
    if unknown:
        raise WrongSetting(f"{unknown[0]}: there is no such setting (docs/settings.md lists them)")
    for name in names:
        # A comment behind an empty value would be a key that everybody has who copied it.
        if os.environ.get(name, "").lstrip().startswith("#"):
            raise WrongSetting(
                f"{name}: begins with #, as a comment does, which needs a line of its own;"
                f" a value that begins so can be given by {name}_FILE"
            )
    try:
        return Environment(**_read_files(names))
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_url=False):
            place = str(problem["loc"][0])
            name = variable_name(place) if place in Environment.model_fields else place
            is_switch = problem["type"].startswith("bool_")
            lines.append(f"{name}: {'must be on or off' if is_switch else why(problem)}")
        raise WrongSetting("\n".join(lines)) from None


def _read_files(names: Mapping[str, str]) -> dict[str, Any]:
    """Return what the files named by ``X_FILE`` variables hold; raise WrongSetting."""
    found = {}
    for name, field in names.items():
        if path := os.environ.get(f"{name}_FILE"):
            try:
                text = Path(path).read_text().strip()
            except OSError as error:
                raise WrongSetting(f"{name}_FILE: cannot read {path}: {error.strerror}") from None
            except ValueError:
                raise WrongSetting(f"{name}_FILE: {path} holds no text") from None
            if text:
                # A field with an alias goes by its alias only.
                found[name if Environment.model_fields[field].validation_alias else field] = text
    return found
