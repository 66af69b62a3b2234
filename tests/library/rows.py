"""Rows of the library, made without a server."""

from accounts.models import User
from accounts.principal import Principal
from library.models import Source, Upload, Video
from library.receive import upload_rows
from library.storage import registry
from tests.accounts import people
from tests.library.site import TINY_MP4


def put_bytes(source: Source, content: bytes = b"x") -> None:
    """Put bytes where ``source`` says that they are, on this machine."""
    path = registry.provider(source.storage).path_of(source.key)
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def an_upload(
    *, resumable: bool, storage: str = "local", again: Upload | Video | None = None
) -> Upload:
    """Return a guest's upload of TINY_MP4, of which nothing has come yet.

    With ``again`` it has the id of that one, as with the same Idempotency-Key.
    """
    user = await people.guest() if again is None else await User.objects.aget(pk=again.owner_id)
    return await upload_rows.begin(
        owner=Principal(user.pk, user.display_name, user.is_guest, via="session"),
        title="A film",
        storage=storage,
        size_bytes=len(TINY_MP4),
        at_least=len(TINY_MP4),
        resumable=resumable,
        upload_id=again.pk if again else None,
    )
