"""What the modular agent costs beside its models."""
