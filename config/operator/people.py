"""``./streamit admin``: people."""

import contextlib
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email
from django.db.models import Count, Q, QuerySet, Sum

from accounts import deletion, services
from accounts.models import User
from config.commands import error_text
from config.operator.actions import (
    SEARCH,
    WHO,
    YES,
    Action,
    Argument,
    Say,
    confirm,
    lister,
    new_password,
)
from core.database import in_database
from core.folded_columns import has_words
from core.sizes import readable
from core.text import DISPLAY_NAME_MAX, clean_line

Options = dict[str, Any]
# Exit code of a deletion that servers will finish by themselves. 1 means that it was not done.
UNFINISHED = 3


@in_database
def _find(text: str) -> User:
    wanted = Q(email=text.lower())
    with contextlib.suppress(ValueError):
        wanted |= Q(pk=UUID(text))
    user = User.objects.filter(wanted).first()
    if user is None:
        raise CommandError(f"There is no account {text}.")
    return user


def _matching(text: str) -> QuerySet[User]:
    wanted = has_words(text, "name_folded", "email") | Q(email__icontains=text)
    with contextlib.suppress(ValueError):
        wanted |= Q(pk=UUID(text))
    found = User.objects.filter(wanted) if text else User.objects.all()
    with_videos = found.annotate(
        videos_kept=Count("videos"), bytes_kept=Sum("videos__size_bytes", default=0)
    )
    return with_videos.order_by("-created_at")


def _row(user: User) -> tuple[str, ...]:
    words = [("staff", user.is_staff), ("disabled", not user.is_active)]
    return (
        str(user.pk),
        f"{user.created_at:%Y-%m-%d}",
        user.email or "guest",
        user.display_name,
        f"{user.videos_kept} videos, {readable(user.bytes_kept)}",  # type: ignore[attr-defined]
        " ".join(word for word, holds in words if holds),
    )


async def _create(say: Say, options: Options) -> None:
    email = options["email"]
    try:
        validate_email(email)
        name = clean_line(options["name"] or email.partition("@")[0], at_most=DISPLAY_NAME_MAX)
    except ValidationError:
        raise CommandError(f"{email} does not look like name@example.org.") from None
    except ValueError as error:
        raise CommandError(f"--name: {error}") from None
    password = new_password()
    try:
        user = await services.register(
            email=email, password=password, display_name=name, guest_id=None
        )
    except services.AddressRefused:
        raise CommandError(f"There is already an account {email}.") from None
    if options["staff"]:
        await services.set_staff(user_id=user.pk, staff=True)
    say(f"made: {user.display_name} ({user.pk})")
    say(f"password, shown once: {password}")


async def _reset_password(say: Say, options: Options) -> None:
    user = await _find(options["who"])
    password = new_password()
    await services.reset_password(user_id=user.pk, new=password)
    say(f"reset-password: {user.display_name} ({user.pk}), signed out everywhere")
    say(f"password, shown once: {password}")


async def _set_active(say: Say, options: Options, *, active: bool) -> None:
    user = await _find(options["who"])
    await services.set_active(user_id=user.pk, active=active)
    say(f"{'enable' if active else 'disable'}: {user.display_name} ({user.pk})")


async def _disable(say: Say, options: Options) -> None:
    await _set_active(say, options, active=False)


async def _enable(say: Say, options: Options) -> None:
    await _set_active(say, options, active=True)


async def _sign_out(say: Say, options: Options) -> None:
    user = await _find(options["who"])
    await services.sign_out_everywhere(user_id=user.pk)
    say(f"sign-out: {user.display_name} ({user.pk})")


async def _delete(say: Say, options: Options) -> None:
    """Delete an account; exit with UNFINISHED if some of its videos can only go later."""
    user = await _find(options["who"])
    videos = await user.videos.acount()
    question = f"Delete {user.display_name} ({user.email or 'guest'}) with {videos} videos"
    confirm(question, options)
    why = await deletion.delete_on_request(user.pk)
    if not why:
        say(f"delete: {user.display_name} ({user.pk})")
        return
    say(f"delete: {user.display_name} ({user.pk}) can no longer sign in, but is not gone yet:")
    for each in why:
        say(f"  {error_text(each)}")
    say("Running servers retry every ten minutes. Run this again to retry now.")
    raise SystemExit(UNFINISHED)


async def _staff(say: Say, options: Options) -> None:
    user = await _find(options["who"])
    await services.set_staff(user_id=user.pk, staff=not options["off"])
    say(f"{'no longer staff' if options['off'] else 'staff'}: {user.display_name} ({user.pk})")


ACTIONS = [
    Action(
        "people",
        "list people, or find some by name, address or id",
        lister(_matching, _row, none="Nobody was found."),
        (SEARCH,),
    ),
    Action(
        "create",
        "make an account; its password is printed once",
        _create,
        (
            Argument("email", {"metavar": "EMAIL"}),
            Argument("--name", {"default": "", "help": "the name that others see"}),
            Argument("--staff", {"action": "store_true", "help": "let them use /admin/"}),
        ),
    ),
    Action("reset-password", "give an account a new password", _reset_password, (WHO,)),
    Action("disable", "lock an account, so that nobody can use it", _disable, (WHO,)),
    Action("enable", "unlock a disabled account", _enable, (WHO,)),
    Action("sign-out", "sign somebody out everywhere; revokes API keys too", _sign_out, (WHO,)),
    Action(
        "delete",
        f"delete an account and all it owns; exit code {UNFINISHED} if some of it is deleted later",
        _delete,
        (WHO, YES),
    ),
    Action(
        "staff",
        "let somebody use /admin/, or stop that",
        _staff,
        (WHO, Argument("--off", {"action": "store_true", "help": "stop that"})),
    ),
]
