"""What members do over the socket or REST: one file for each subject."""
