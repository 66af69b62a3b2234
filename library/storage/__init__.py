"""Where the bytes are: one contract, one module for each storage provider."""
