"""The model of mm/percpu.c. Standard library only; knows no TOML, no plugin, no screen."""
