"""What a running step really depends on, recorded while it runs."""
