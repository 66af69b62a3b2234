"""The private video library: videos, their bytes in storages, uploads and streams."""
