"""Publishes a stored file as a size of a video's stream, as a worker does.

Run as ``python -m bench.rig.rendition VIDEO NAME KEY`` with the settings of the server; it is
version 1 of the video.
"""

import subprocess
import sys
from collections.abc import Mapping

from bench.rig.report import ROOT


def publish(environment: Mapping[str, str], video: str, name: str, key: str) -> None:
    """Publish the file at ``key`` of the local storage as the rendition ``name``."""
    command = [sys.executable, "-m", "bench.rig.rendition", video, name, key]
    subprocess.run(command, cwd=ROOT, env=dict(environment), check=True, timeout=120)


def main() -> None:
    import django

    django.setup()
    from library.models import Rendition
    from library.storage import registry

    video, name, key = sys.argv[1:]
    path = registry.provider("local").path_of(key)
    assert path is not None
    Rendition.objects.create(
        video_id=video,
        version=1,
        name=name,
        kind=Rendition.Kind.HLS,
        mime_type="video/mp4",
        storage="local",
        key=key,
        size_bytes=path.stat().st_size,
        is_published=True,
    )


if __name__ == "__main__":
    main()
