"""What a step's result depended on: digests of what was observed, and their comparison when the cache is asked."""
