"""Serving HTTP and WebSocket: frames, slow readers, floods. Knows nothing about rooms."""
