"""The private video library: videos, where their bytes are, and how they get in and out."""
