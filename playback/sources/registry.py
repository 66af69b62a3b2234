"""The configured source adapters, found by provider or by link.

``settings.PLAYBACK_SOURCES`` lists them as dotted paths, in the order in which they try a link.
Nothing else in the project names a provider.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from accounts.principal import Principal
from core.errors import Invalid, NotFound
from core.file_extensions import CONVERTED_EXTENSIONS, LINK_EXTENSIONS
from core.links import SeveralLinks, read_link
from media.kinds import LINKED, OTHER_KINDS, extension_of_link
from playback.sources.base import (
    Audience,
    Facts,
    Playable,
    PlaybackSource,
    SourceAdapter,
    SourceKey,
    Work,
)
from playback.sources.links import (
    followed,
    gives_bytes,
    is_shortened,
    readings,
    repaired,
    start_of,
)
from playback.sources.sites import what_to_do

_SETTING = "STREAMIT_PLAYBACK_SOURCES"
_PARTS = (
    "provider",
    "title",
    "media_types",
    "external_id_pattern",
    "supports_events",
    "supports_progress",
    "capabilities",
)


class UnknownProvider(NotFound):
    """No configured adapter has this name; it may have been removed from the setting."""

    code = "unknown_provider"
    message = "The provider of this source is not available here."


class Unresolvable(Invalid):
    """A valid link that no adapter can play; the message names the providers that were tried."""

    code = "unresolvable"
    message = "This link cannot be played here."


class DirectMedia(Unresolvable):
    """A direct link to a media file."""

    code = "direct_media"
    message = "This is a direct link to a video file, which cannot be played here."

    def __init__(self, url: SplitResult) -> None:
        super().__init__(fields={"url": "is a video file"})
        # As it was pasted, because a signature covers every character.
        self.url = url


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a link plays, and the start it asks for, which is not part of the source."""

    source: PlaybackSource
    start_s: float | None


def adapters() -> Mapping[str, SourceAdapter]:
    """Return the configured adapters by provider, in the order in which they try a link.

    Call it once at start: it raises ImproperlyConfigured, naming the setting, if a path in it
    is wrong.
    """
    return _load(tuple(settings.PLAYBACK_SOURCES))


@cache
def _load(paths: tuple[str, ...]) -> Mapping[str, SourceAdapter]:
    loaded: dict[str, SourceAdapter] = {}
    for path in paths:
        adapter = _make(path)
        if adapter.provider in loaded:
            raise ImproperlyConfigured(
                f"{_SETTING}: two adapters are called {adapter.provider}; the second is {path}"
            )
        loaded[adapter.provider] = adapter
    if not loaded:
        raise ImproperlyConfigured(f"{_SETTING}: name at least one adapter")
    return loaded


def _make(path: str) -> SourceAdapter:
    try:
        adapter_class = import_string(path)
    except (ImportError, TypeError, ValueError) as error:  # the last two: empty or relative names
        raise ImproperlyConfigured(f"{_SETTING}: cannot import {path}: {error}") from error
    if not (isinstance(adapter_class, type) and issubclass(adapter_class, SourceAdapter)):
        raise ImproperlyConfigured(f"{_SETTING}: {path} is not a SourceAdapter")
    missing = [part for part in _PARTS if not hasattr(adapter_class, part)]
    missing += sorted(adapter_class.__abstractmethods__)
    if missing:
        raise ImproperlyConfigured(f"{_SETTING}: {path} does not say its {', '.join(missing)}")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", adapter_class.provider):
        raise ImproperlyConfigured(
            f"{_SETTING}: {path}: {adapter_class.provider!r} is not a provider name"
        )
    return adapter_class()


def frame_origins() -> list[str]:
    """Return the origins that our pages must allow in frames, each once."""
    return list(
        dict.fromkeys(
            origin for adapter in adapters().values() for origin in sorted(adapter.frame_origins())
        )
    )


def get(provider: str) -> SourceAdapter:
    """Return the adapter called ``provider``; raise UnknownProvider."""
    try:
        return adapters()[provider]
    except KeyError:
        raise UnknownProvider from None


def resolve(text: str) -> Resolved:
    """Return what the link in the pasted ``text`` plays.

    Raises Invalid if there is no http link or more than one, DirectMedia for a media file, and
    Unresolvable for a link that no adapter knows.
    """
    try:
        link = followed(read_link(text))
    except SeveralLinks as several:
        return _resolve_same(several)
    if (found := _matched(link)) is not None:
        return found
    _explain_file(link, extension_of_link(link.path))
    explained = (adapter.explain(repaired(link)) for adapter in adapters().values())
    if why := next(filter(None, explained), None):
        raise Unresolvable(why, fields={"url": "is not the link of one video"})
    if is_shortened(link):
        raise Unresolvable(
            "This is a short link, which does not say where it leads. Open it, and paste the "
            "address of the page that comes.",
            fields={"url": "is a short link"},
        )
    if why := what_to_do(link):
        raise Unresolvable(why, fields={"url": "is a page, not a file"})
    # A page of a known site may have a file name in its query.
    _explain_file(link, extension_of_link(link.path, link.query))
    if gives_bytes(link):
        raise DirectMedia(link)
    sites = ", ".join(adapter.title for adapter in adapters().values())
    raise Unresolvable(
        f"This link cannot be played here. Links from these work: {sites}.",
        fields={"url": "is not a video of a known provider"},
    )


def _matched(link: SplitResult) -> Resolved | None:
    for reading in readings(link):
        for adapter in adapters().values():
            if (key := adapter.match(reading)) is not None:
                start_s = start_of(reading, adapter.start_parameters)
                return Resolved(adapter.describe(key), start_s)
    return None


def _resolve_same(several: SeveralLinks) -> Resolved:
    """Return the one work that several links lead to, with the start of one of them; or raise."""
    found = [_matched(followed(read_link(link))) for link in several.links]
    first = found[0]
    if first is None or any(each is None or each.source != first.source for each in found):
        raise several
    starts = (each.start_s for each in found if each and each.start_s)
    return Resolved(first.source, next(starts, None))


async def resolve_for(giver: Principal, text: str) -> Resolved:
    """Return what the link in ``text`` plays; a file or stream is added to the library first.

    Raises as ``resolve`` does, Invalid for a file that cannot be played, and Unavailable.
    """
    try:
        return resolve(text)
    except DirectMedia as file:
        for adapter in adapters().values():
            if (key := await adapter.take_file(file.url, giver=giver)) is not None:
                start_s = start_of(repaired(file.url), adapter.start_parameters)
                return Resolved(adapter.describe(key), start_s)
        raise


def _explain_file(link: SplitResult, extension: str) -> None:
    """Raise DirectMedia for a file that the library takes, Unresolvable for other kinds."""
    if extension in LINK_EXTENSIONS:
        raise DirectMedia(link)
    if name := OTHER_KINDS.get(extension):
        advice = f"Paste the link of a file that is {LINKED}."
        if extension in CONVERTED_EXTENSIONS:
            advice = "Upload the file. It will be converted."
        raise Unresolvable(
            f"This is a link to {name}, which cannot be played here. {advice}",
            fields={"url": f"leads to {name}"},
        )


def describe(key: SourceKey) -> PlaybackSource:
    """Return the source of a stored ``key``; raise UnknownProvider or Invalid."""
    adapter = get(key.provider)
    if wrong := adapter.validate(key):
        raise Invalid(
            "This source is not valid.",
            fields={f"source.{field}": why for field, why in wrong.items()},
        )
    return adapter.describe(key)


def adopt(source: Work) -> PlaybackSource:
    """Return the adapter's own description of the work a client named; raise Invalid.

    Clients name a work, but do not decide what its player can do.
    """
    try:
        return describe(SourceKey.of(source))
    except UnknownProvider as error:
        raise Invalid(error.message, fields={"source.provider": "is not known here"}) from None


async def check_access(source: PlaybackSource, *, user_id: UUID) -> None:
    """Raise NotFound unless ``user_id`` may play ``source`` in a room."""
    await get(source.provider).check_access(SourceKey.of(source), user_id=user_id)


async def facts(source: PlaybackSource) -> Facts:
    """Return the title and length of ``source``, as far as they are known."""
    return await get(source.provider).facts(SourceKey.of(source))


async def titles(sources: Iterable[PlaybackSource | None]) -> dict[SourceKey, str]:
    """Return the titles of ``sources`` that are known without asking another server."""
    keys = defaultdict(list)
    for source in filter(None, sources):
        keys[source.provider].append(SourceKey.of(source))
    found = [await get(provider).titles(wanted) for provider, wanted in keys.items()]
    return {key: title for each in found for key, title in each.items()}


async def title_of(source: PlaybackSource) -> str | None:
    """Return the title of ``source``; may ask its site, with a short time limit."""
    return await get(source.provider).title_of(SourceKey.of(source))


async def playable(source: PlaybackSource, audience: Audience) -> Playable:
    """Return how ``audience`` plays ``source`` right now; raise CannotPlay or NotFound."""
    return await get(source.provider).playable(SourceKey.of(source), audience)
