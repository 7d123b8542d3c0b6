"""What acme adds to planner: one module a hook, each announced by an entry point in pyproject.toml."""
