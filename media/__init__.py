"""What a file is: its kind, what a probe finds in it, what plays it. It knows no Django."""
