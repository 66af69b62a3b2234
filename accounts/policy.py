"""What the operator lets strangers do: sign up, be a guest, upload."""

from typing import Literal

from django.conf import settings

from accounts.models import User
from accounts.principal import Principal
from core.errors import Conflict, Forbidden, NotAuthenticated

SignUp = Literal["open", "invite", "closed"]
# The values of STREAMIT_GUESTS after "auto" was resolved (config.settings).
Guests = Literal["upload", "watch", "off"]


class SignUpClosed(Forbidden):
    code = "sign_up_closed"
    message = "This server is not open for new accounts. Ask whoever runs it for one."


class GuestsOff(NotAuthenticated):
    code = "guests_off"
    message = "This server takes no guests. Sign in first."


class MemberSignedIn(Conflict):
    code = "member_signed_in"
    message = "You are signed in with an account here. Sign out first."


class GuestsMayNotUpload(Forbidden):
    code = "guests_may_not_upload"
    message = "Guests cannot upload on this server. Sign in to upload, or use a link."


def sign_up() -> SignUp:
    """Return who may make an account."""
    found: SignUp = settings.SIGN_UP
    return found


def guests() -> Guests:
    """Return what guests may do."""
    found: Guests = settings.GUESTS
    return found


def is_fresh() -> bool:
    """Tell whether there is no account yet. Synchronous."""
    return not User.objects.filter(email__isnull=False).exists()


def is_free(principal: Principal) -> bool:
    """Tell whether anybody can make as many principals of this kind as they like."""
    return principal.is_guest or sign_up() == "open"


def refuse_unwanted(principal: Principal) -> None:
    """Raise GuestsOff for a guest if guests are turned off."""
    if principal.is_guest and guests() == "off":
        raise GuestsOff


def refuse_upload(principal: Principal) -> None:
    """Raise GuestsMayNotUpload for a guest if guests may not upload."""
    if principal.is_guest and guests() != "upload":
        raise GuestsMayNotUpload
