"""The program that looks into an uploaded file."""
