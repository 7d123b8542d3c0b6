"""Ready systems, found by name by every command."""
