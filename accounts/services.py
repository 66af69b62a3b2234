"""What can be done with accounts."""

import secrets
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import grants, invites, security_log, sign_ins
from accounts.models import ApiKey, SignIn, User, name_columns
from core import recheck
from core.database import in_database, of_newcomers
from core.errors import Forbidden, Invalid, NotAuthenticated
from core.passwords import hash_password, password_matches


class WrongLogin(NotAuthenticated):
    """Address or password is wrong; it does not say which."""

    code = "wrong_login"
    message = "The email address or the password is wrong."


class AddressRefused(Invalid):
    """No account can be made with an address; it does not say why."""

    def __init__(self) -> None:
        why = "An account cannot be made with this address. If it is yours, sign in."
        super().__init__(fields={"email": why})


class BeingDeleted(NotAuthenticated):
    """Something is to be changed of an account that is on its way out, or gone."""

    message = "This account is being deleted."


def hold(user_id: UUID) -> User:
    """Lock an account against deletion until this transaction ends, and return it. Blocks.

    Use it before adding anything that the account will own: additions to an account that is being
    deleted would be left behind. Raises NotAuthenticated if it is disabled or being deleted.
    """
    # Not stronger: a row that refers to the account may be in a transaction that waits for ours.
    active = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True)
    user = active.first()
    if user is None:
        raise NotAuthenticated
    return user


def hold_as_signed_in(user: User) -> None:
    """Hold the account of ``user``, whose login was found to be right.

    Raises NotAuthenticated too when it has another password since, or was signed out everywhere.
    """
    if hold(user.pk).get_session_auth_hash() != user.get_session_auth_hash():
        raise NotAuthenticated


def new_guest(display_name: str) -> User:
    """Return a user who is known by name only, not stored yet."""
    # Random, so that each guest's tokens have their own fingerprint. Django's function asks the
    # system for each letter.
    unusable = UNUSABLE_PASSWORD_PREFIX + secrets.token_urlsafe(30)
    return User(display_name=display_name, is_guest=True, password=unusable)


def create_guest(*, display_name: str) -> User:
    """Create a user who is known by name only. Blocks: call it from a worker thread."""
    user = new_guest(display_name)
    user.save(force_insert=True)
    return user


async def register(
    *,
    email: str,
    password: str,
    display_name: str,
    guest_id: UUID | None,
    invite: str | None = None,
) -> User:
    """Create an account, or turn the guest ``guest_id`` into one with the same id.

    ``invite`` is used up by it; None asks for none. Raises Invalid when the password is too weak
    or the invite no good, AddressRefused, and NotAuthenticated for a guest who is gone. One hash
    is computed whether or not the address can be had, so that time tells nothing.
    """
    _check_password(password)
    # Checked before hashing, so that an invalid one costs nothing. Storing checks it again.
    if invite is not None:
        await in_database(invites.check)(invite)
    facts = {"email": email.lower(), "is_guest": False, **name_columns(display_name)}
    facts["password"] = await hash_password(password)
    return await _store(facts, guest_id, invite)


@in_database
@of_newcomers()
def _store(facts: dict[str, Any], guest_id: UUID | None, invite: str | None) -> User:
    try:
        with transaction.atomic():
            if invite is not None:
                invites.use(invite)
            user = _turned_into_one(guest_id, facts) or User.objects.create(**facts)
            security_log.note("account made", account=user.pk)
            return user
    except IntegrityError:
        raise AddressRefused from None


def _turned_into_one(guest_id: UUID | None, facts: dict[str, Any]) -> User | None:
    """Turn a guest into an account; None if there is no such guest, or they have an account."""
    if guest_id is None:
        return None
    here = User.objects.filter(pk=guest_id, is_active=True)
    # "One row changed" means that the guest was still a guest.
    if here.filter(is_guest=True).update(**facts):
        return here.get()
    if not here.exists():
        # What they own is being deleted, so the account must not seem to be kept.
        raise NotAuthenticated
    return None


async def login(*, email: str, password: str) -> User:
    """Return the user whose login this is; raise WrongLogin.

    One hash is computed whether or not the address is known, so that time tells nothing.
    """
    user = await _owner_of(email.lower())
    if not await password_matches(password, user.password if user else None) or user is None:
        security_log.record("sign-in failed", account=user.pk if user else None)
        raise WrongLogin
    return user


@in_database
def _owner_of(email: str) -> User | None:
    return User.objects.filter(email=email, is_active=True).first()


async def change_password(*, user_id: UUID, old: str, new: str) -> User:
    """Give an account another password and begin a new epoch; API keys stay.

    ``core.recheck.trigger`` must follow. Raises Invalid, Forbidden for a guest, and WrongLogin.
    """
    user = await in_database(User.objects.get)(pk=user_id)
    if user.is_guest:
        raise Forbidden("A guest has no password.")
    await _check_present(user, old)
    _check_password(new)
    hashed = await hash_password(new)
    await in_database(_begin_epoch)(
        user_id, "password changed", instead_of=user.password, password=hashed
    )
    return await in_database(User.objects.get)(pk=user_id)


async def check_password_of(user_id: UUID, password: str | None) -> None:
    """Raise WrongLogin unless this is the person's password; a guest has none to give."""
    await _check_present(await in_database(User.objects.get)(pk=user_id), password)


async def _check_present(user: User, password: str | None) -> None:
    if not user.is_guest and not await password_matches(password or "", user.password):
        security_log.record("present password given wrong", account=user.pk)
        raise WrongLogin("The present password is wrong.")


async def reset_password(*, user_id: UUID, new: str) -> None:
    """Give an account another password without the old one and begin a new epoch; keys stay.

    For the operator. Raises Invalid, and Forbidden for a guest.
    """
    user = await in_database(User.objects.get)(pk=user_id)
    if user.is_guest:
        raise Forbidden("A guest has no password.")
    _check_password(new)
    hashed = await hash_password(new)
    await in_database(_begin_epoch)(user_id, "password reset", password=hashed)
    await recheck.trigger()


async def set_staff(*, user_id: UUID, staff: bool) -> None:
    """Let somebody use the admin site, or no more; raise Forbidden for a guest."""
    await in_database(_set_staff)(user_id, staff)


@transaction.atomic
def _set_staff(user_id: UUID, staff: bool) -> None:
    if not User.objects.filter(pk=user_id, is_guest=False).update(is_staff=staff):
        raise Forbidden("A guest cannot be staff: they have no password.")
    security_log.note("staff made" if staff else "staff ended", account=user_id)


async def sign_out(*, user_id: UUID, source: str) -> None:
    """End the session of an account that is called ``source``, and all that came of it."""
    await in_database(_sign_out)(user_id, source)
    await recheck.trigger()


@transaction.atomic
def _sign_out(user_id: UUID, source: str) -> None:
    sign_ins.sign_out(source)
    security_log.note("signed out", account=user_id)


async def sign_out_everywhere(*, user_id: UUID) -> None:
    """End all sessions, access tokens and API keys of an account, and all that came of them."""
    await in_database(_begin_epoch_without_keys)(user_id)
    await recheck.trigger()


@transaction.atomic
def _begin_epoch_without_keys(user_id: UUID) -> None:
    _begin_epoch(user_id, "signed out everywhere")
    ApiKey.objects.filter(owner_id=user_id).delete()


async def set_active(*, user_id: UUID, active: bool) -> None:
    """Let nobody use an account any more, or again."""
    event: security_log.Event = "account enabled" if active else "account disabled"
    await in_database(_begin_epoch)(user_id, event, is_active=active)
    await recheck.trigger()


@transaction.atomic
def _begin_epoch(
    user_id: UUID, event: security_log.Event, *, instead_of: str | None = None, **changes: object
) -> None:
    """End all that hangs on an account, and change it, because of ``event``.

    Raises WrongLogin when its password is ``instead_of`` no more, and BeingDeleted.
    """
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None or user.leaving_at is not None:
        raise BeingDeleted
    if instead_of not in (None, user.password):
        raise WrongLogin("The present password is wrong.")
    grants.end(grants.of_account(user))
    SignIn.objects.filter(user_id=user_id).delete()
    User.objects.filter(pk=user_id).update(epoch=F("epoch") + 1, **changes)
    security_log.note(event, account=user_id)


def _check_password(password: str) -> None:
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid(fields={"password": " ".join(error.messages)}) from None
