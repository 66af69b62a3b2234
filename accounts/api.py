"""Signing in and out: ``/api/v1/auth``."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, cast
from uuid import UUID

from django.contrib import auth
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from accounts import guessing, policy, security_log, services, sessions, sign_ins, tokens
from accounts.address import limit_subject
from accounts.authentication import (
    SignedInRequest,
    VisitorRequest,
    optional,
    refuse_foreign_page,
    required,
)
from accounts.models import User
from accounts.principal import refuse_keys
from core import durations, recheck
from core.database import Batched, in_database, of_newcomers
from core.errors import RateLimited
from core.http import Body, errors
from core.limits import Limit, give_back, spend
from core.per_loop import PerLoop
from core.text import DisplayName

router = Router(tags=["accounts"])

# A party, and a class, come at one time and from one address.
GUESTS = Limit("guest", burst=100, per_minute=30)
# Each leaves an account that lasts: few in the long run. How many of them tell that an address is
# taken has a limit of its own (accounts.guessing).
REGISTRATIONS = Limit("register", burst=40, per_minute=0.5)
EMAIL_MAX = 254


def _check_email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        raise ValueError("must look like name@example.org") from None
    email = value.lower()
    if len(email) > EMAIL_MAX:  # some letters become two
        raise ValueError(f"must be at most {EMAIL_MAX} characters")
    return email


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=EMAIL_MAX),
    AfterValidator(_check_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": EMAIL_MAX}),
]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
# OWASP ASVS 4.0.3, 2.1.2. Those of before may be longer.
NEW_PASSWORD_MAX = 128
# How short and how common it may be is for the validators of the settings to say.
NewPassword = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NEW_PASSWORD_MAX),
    WithJsonSchema({"type": "string", "minLength": 10, "maxLength": NEW_PASSWORD_MAX}),
]


class ManyRegistered(RateLimited):
    """Others at one address have made many accounts; the person who is refused has made none."""

    def __init__(self, wait_s: float) -> None:
        wait = durations.readable(wait_s)
        message = f"Many accounts were made from your network. Try again in {wait}."
        if policy.guests() != "off":
            message = (
                f"Many accounts were made from your network. Try again in {wait}, or come in as a"
                " guest now."
            )
        super().__init__(message, retry_after_s=wait_s)


class GuestIn(Body):
    display_name: DisplayName


class RegisterIn(Body):
    email: Email
    password: NewPassword
    display_name: DisplayName
    invite: Annotated[
        str | None,
        Field(max_length=100, description="Needed where sign-up is by invitation."),
    ] = None


class PasswordIn(Body):
    password: Password
    new_password: NewPassword


class LoginIn(Body):
    email: Email
    password: Password


class UserOut(Schema):
    id: UUID
    display_name: str
    is_guest: bool
    email: str | None
    is_staff: bool


class Me(Schema):
    user: UserOut


class SignedIn(Me):
    access_token: str


@router.post("/guest", auth=optional, response={201: SignedIn, **errors(401, 403, 409, 422, 429)})
async def guest(request: VisitorRequest, body: GuestIn) -> Status[SignedIn]:
    """Continue as a guest, known by name only; the session of an account is not replaced."""
    refuse_foreign_page(request)
    if request.auth and request.auth.via == "session" and not request.auth.is_guest:
        raise policy.MemberSignedIn
    if policy.guests() == "off":
        raise policy.GuestsOff
    await spend(GUESTS, limit_subject(request))
    entering = _Entering(request, services.new_guest(body.display_name))
    return Status(201, cast("SignedIn", await _entries.get().ask(entering)))


@router.post("/register", auth=optional, response={201: SignedIn, **errors(401, 403, 422, 429)})
async def register(
    request: VisitorRequest, body: RegisterIn, response: HttpResponse
) -> Status[SignedIn]:
    """Create an account; a signed-in guest becomes its owner and keeps their id."""
    refuse_foreign_page(request)
    if request.auth:
        refuse_keys(request.auth, "make an account")
    if policy.sign_up() == "closed":
        raise policy.SignUpClosed
    invite = (body.invite or "") if policy.sign_up() == "invite" else None
    await _spend_registration(limit_subject(request))
    async with guessing.counted_if_refused(request):
        user = await services.register(
            invite=invite,
            email=body.email,
            password=body.password,
            display_name=body.display_name,
            guest_id=request.auth.user_id if request.auth else None,
        )
    if invite is not None:
        # How many there may be, the invite says.
        await give_back(REGISTRATIONS, limit_subject(request))
    guessing.remember(request, response, body.email)
    return Status(201, await _sign_in_to(request, user))


@router.post("/login", auth=optional, response={200: SignedIn, **errors(401, 403, 422, 429)})
async def login(request: VisitorRequest, body: LoginIn, response: HttpResponse) -> SignedIn:
    """Sign in with email address and password."""
    refuse_foreign_page(request)
    async with guessing.counted(request, body.email):
        user = await services.login(email=body.email, password=body.password)
    guessing.remember(request, response, body.email)
    signed_in = await _sign_in_to(request, user)
    security_log.record("signed in", account=user.pk)
    # Whoever was signed in here is so no more, nor is a browser too many.
    await recheck.trigger()
    return signed_in


@router.post("/logout", auth=optional, response={204: None, **errors(401, 403)})
async def logout(request: VisitorRequest) -> Status[None]:
    """End the session, the access token made with it, and the sockets and streams of both."""
    by = request.auth
    if by is not None and by.via != "api_key":
        await services.sign_out(user_id=by.user_id, source=by.grant.source)
    if by is None or by.via == "session":
        await in_database(auth.logout)(request)
    return Status(204, None)


@router.post("/logout-everywhere", auth=required, response={204: None, **errors(401, 403)})
async def logout_everywhere(request: SignedInRequest) -> Status[None]:
    """End all your sessions, access tokens and API keys, with their sockets and streams."""
    refuse_keys(request.auth, "end what others signed in with")
    await services.sign_out_everywhere(user_id=request.auth.user_id)
    return Status(204, None)


@router.post("/password", auth=required, response={200: SignedIn, **errors(401, 403, 422, 429)})
async def change_password(request: SignedInRequest, body: PasswordIn) -> SignedIn:
    """Change your password. Everything else that is signed in is signed out; API keys stay."""
    refuse_keys(request.auth, "change the password")
    async with guessing.counted_present(request.auth.user_id):
        user = await services.change_password(
            user_id=request.auth.user_id, old=body.password, new=body.new_password
        )
    signed_in = await _sign_in_to(request, user)
    await recheck.trigger()
    return signed_in


async def _spend_registration(address: str) -> None:
    try:
        await spend(REGISTRATIONS, address)
    except RateLimited as error:
        raise ManyRegistered(error.retry_after_s or 0) from None


@dataclass(frozen=True, slots=True, eq=False)
class _Entering:
    """A guest who is to be stored, and the request with which they come."""

    request: HttpRequest
    user: User


@of_newcomers()
def _enter_as_guests(entering: Collection[_Entering]) -> dict[_Entering, SignedIn]:
    # One transaction, which takes its turn among all writers once.
    with transaction.atomic():
        User.objects.bulk_create([each.user for each in entering])
        named = {each: _begin_session(each.request, each.user) for each in entering}
        sessions.insert(each.request.session for each in entering)
        sign_ins.note_guests((each.request, each.user, name) for each, name in named.items())
    return {each: _signed_in(each.user, name) for each, name in named.items()}


# A crowd that comes at once is let in at once.
_entries = PerLoop(lambda: Batched(_enter_as_guests, writes=True))


@in_database
@of_newcomers()
@transaction.atomic
def _sign_in_to(request: HttpRequest, user: User) -> SignedIn:
    services.hold_as_signed_in(user)
    was = request.session.get(auth.SESSION_KEY)
    source = _begin_session(request, user)
    request.session.save()
    sign_ins.note(request, user, source, is_new=was != str(user.pk))
    return _signed_in(user, source)


def _begin_session(request: HttpRequest, user: User) -> str:
    """Give ``user`` the session of ``request``, which is to be stored; return its name."""
    before = request.session.get(auth.SESSION_KEY)
    name = sessions.source_of(request.session) if before is not None else ""
    is_same = before == str(user.pk)
    # Gives the session a new key, so that one planted before cannot be used (fixation).
    auth.login(request, user)
    if is_same:
        # Django keeps that of somebody who signs in once more (OWASP ASVS 4.0.3, 3.2.1).
        request.session.cycle_key()
    if name and not is_same:
        # Somebody else was signed in here: what is theirs ends.
        sign_ins.sign_out(name)
    return sessions.name_anew(request.session, source=name if is_same else "")


def _signed_in(user: User, source: str) -> SignedIn:
    access_token = tokens.issue(user, source=source)
    return SignedIn(user=UserOut.from_orm(user), access_token=access_token)
