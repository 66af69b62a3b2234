"""A real file system of a chosen size that a test may fill."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted file system; ``fill`` uses up its space, and ``free`` frees it again."""

    root: Path

    def fill(self, *, but_bytes: int = 0) -> None:
        """Use up all free space, or all but ``but_bytes``; can be called again."""
        with (self.root / "filler").open("ab", buffering=0) as filler:
            for size_bytes in (1024**2, 4096, 1):
                with contextlib.suppress(OSError):
                    while self.free_bytes() - size_bytes >= but_bytes:
                        filler.write(bytes(size_bytes))

    def free(self) -> None:
        (self.root / "filler").unlink()

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.root).free


@contextlib.contextmanager
def small_disk(root: Path, size_bytes: int) -> Iterator[SmallDisk]:
    """Mount a small disk at ``root``, and unmount it afterwards."""
    root.mkdir()
    options = f"size={size_bytes},mode=0700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", root], capture_output=True, text=True
    )
    assert mounted.returncode == 0, (
        f"{mounted.stderr}A test fills a file system of its own. Run the tests as root; in a "
        "container, with CAP_SYS_ADMIN (docker run --cap-add SYS_ADMIN)."
    )
    try:
        yield SmallDisk(root)
    finally:
        # Lazily, because a process that has just been killed may not be gone yet.
        subprocess.run(["umount", "--lazy", root], check=True)
