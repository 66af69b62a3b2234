"""Adding videos: forms, resumable uploads, links."""
