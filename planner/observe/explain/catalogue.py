"""All that planner knows of messages, most specific first: where several patterns match a line, the first one speaks."""

from typing import Final

from planner.observe.explain import (
    knowledge_allocator,
    knowledge_boot,
    knowledge_bpf,
    knowledge_cgroup,
    knowledge_general,
    knowledge_memory,
    knowledge_modules,
    knowledge_network,
    knowledge_tools,
)
from planner.observe.explain.model import Entry

CATALOGUE: Final[tuple[Entry, ...]] = (
    *knowledge_allocator.ENTRIES,
    *knowledge_modules.ENTRIES,
    *knowledge_network.ENTRIES,
    *knowledge_cgroup.ENTRIES,
    *knowledge_tools.ENTRIES,
    *knowledge_bpf.ENTRIES,
    *knowledge_memory.ENTRIES,
    *knowledge_boot.ENTRIES,
    *knowledge_general.ENTRIES,
)
