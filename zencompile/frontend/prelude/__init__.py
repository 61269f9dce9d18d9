"""What Python brings along: the built-in names and the standard library, as models."""
