"""The program that reads a subtitle file."""
