"""Small readers of what kernels and tools print: bounded, tolerant of noise, never trusting a length."""
