"""Traces of the per-CPU allocator: who holds what, how chunks fill, why requests failed, and what the model says of the same events."""
