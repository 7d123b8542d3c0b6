"""Kit for plugin authors (a pytest plugin)."""
