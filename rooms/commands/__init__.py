"""What members ask for over the socket or REST: one file a subject."""
