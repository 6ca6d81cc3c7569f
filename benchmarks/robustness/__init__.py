"""Whether the environment lasts: long runs, killed processes, malformed actions."""
