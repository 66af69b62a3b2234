"""The program that examines an uploaded file."""
