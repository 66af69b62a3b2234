"""Whom an access token stands for, also when many are shown at the same moment."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from accounts import grants, tokens
from accounts.models import User
from accounts.tokens import BadToken
from tests.accounts import people

pytestmark = pytest.mark.django_db(transaction=True)


async def owner_of(token: str) -> str:
    try:
        user, source = await tokens.owner(token)
    except BadToken:
        return "refused"
    return f"{user.display_name} by {source or 'nothing'}"


async def test_each_of_a_crowd_of_tokens_stands_for_its_own_owner_or_for_nobody() -> None:
    ann, bob = await people.guest("Ann"), await people.guest("Bob")
    gone, put_out, renewed = [await people.guest(name) for name in ("Cleo", "Dora", "Emil")]
    shown = {
        tokens.issue(ann, source="session:1"): "Ann by session:1",
        tokens.issue(ann, source="session:2"): "refused",  # signed out there
        tokens.issue(ann): "Ann by nothing",
        tokens.issue(bob, source="session:3"): "Bob by session:3",
        tokens.issue(gone): "refused",
        tokens.issue(put_out): "refused",
        tokens.issue(renewed): "refused",
        "not.a.token": "refused",
    }
    await sync_to_async(grants.end)("session:2")
    await gone.adelete()
    await User.objects.filter(pk=put_out.pk).aupdate(is_active=False)
    await User.objects.filter(pk=renewed.pk).aupdate(epoch=renewed.epoch + 1)
    crowd = [*shown] * 3
    assert await asyncio.gather(*map(owner_of, crowd)) == [shown[token] for token in crowd]


async def test_a_token_is_refused_from_the_moment_its_session_has_ended() -> None:
    token = tokens.issue(await people.guest("Ann"), source="session:1")
    assert await owner_of(token) == "Ann by session:1"
    await sync_to_async(grants.end)("session:1")
    assert await owner_of(token) == "refused"
