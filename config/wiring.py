"""Connects lower packages to higher ones, in servers, workers and commands alike."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts import deletion, refusal_log, renaming
from config.environment import WrongSetting
from core import announcements, refusals
from library import new_videos, removals, sharing, tokens, withdrawals
from library.account_deletion import remove_videos_of
from processing import cancelling, intake
from rooms import services as rooms
from rooms.entry import media_access
from rooms.upkeep import unloading
from rooms.upkeep.renaming import rename
from webhooks import outbox


def check_secret_key() -> None:
    """Raise WrongSetting at start if there is no secret key, not at the first request."""
    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured:
        raise WrongSetting("STREAMIT_SECRET_KEY: is needed; ./streamit up makes one") from None


def connect() -> None:
    """Register all listeners; may be called again."""
    tokens.check_viewings_with(media_access.still_valid)
    sharing.check_use_with(unloading.is_used)
    withdrawals.listen(unloading.unload)
    renaming.listen(rename)
    new_videos.listen(intake.decide, intake.wake_worker)
    announcements.listen(outbox.record)
    refusals.listen(refusal_log.note)
    removals.end_with(cancelling.cancel)
    removals.make_again_with(intake.make_again)
    # Rooms first, so that viewers are told why before the film is gone.
    deletion.remove_also(rooms.end_all_of, remove_videos_of)
