"""Media files: their kind, probing, what plays them, how to convert them. Without Django."""
