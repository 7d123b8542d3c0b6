"""Facts of real systems: kernel logs, counters, modules, types, traces; what they mean, and how the model compares."""
