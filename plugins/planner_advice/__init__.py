"""Built-in advisors: changes worth trying, each re-simulated by the core before it is shown."""
