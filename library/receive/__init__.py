"""How bytes come in: forms, resumable uploads, links."""
