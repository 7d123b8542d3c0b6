"""A fill that repeats is not walked: :func:`fill` finds the repetition from chunk to chunk and jumps.

(Being written by the lead; H2: please go on with traces and properties, leave this file.)
"""
