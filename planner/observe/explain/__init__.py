"""What a kernel text about per-CPU memory means: recognised, grouped, its causes ranked by what the text itself shows.

Knowledge stands in the ``knowledge_*`` tables; mechanism in :mod:`recognise`, :mod:`context` and :mod:`rank`.
"""
