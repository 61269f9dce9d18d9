"""Values on their way into a step: decoded from canonical JSON, then coerced to what the input's annotation says."""
