"""Serving HTTP and WebSocket: frames, slow readers, floods. It knows no room."""
