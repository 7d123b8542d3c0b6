"""Which cause is likeliest, and what in the text says so."""

import re
from collections.abc import Iterator
from typing import Final

from planner.observe.callers import caller_of_stack, plumbing
from planner.observe.explain.context import Facts
from planner.observe.explain.model import Clue, Finding, RankedCause

_FUNCTION, _REQUEST, _WORD, _TASK, _FACT = 12, 8, 6, 5, 6
"""What each kind of clue is worth against the weights of the table (0 to 4)."""
_SPECIFIC: Final = 3
"""What a cause that is only named with a clue starts from: its clues are the narrower ones."""
_LIKELY: Final = 15
_COMMON: Final = 32
"""Requests of so many bytes come from many places: that one is of a known size says little."""
_COMMON_REQUEST: Final = 2


def rank_causes(finding: Finding, facts: Facts) -> tuple[RankedCause, ...]:
    """Return the causes that can be, likeliest first.

    A cause of other kernels than the one in the text is left out; one of weight 0 needs a clue.
    """
    ranked: list[RankedCause] = []
    for cause in finding.entry.causes:
        if facts.within(cause.since, cause.until) is False:
            continue
        because = tuple(evidence(cause.clue, finding, facts))
        worth = sum(worth for worth, _text in because)
        score = (cause.weight or (_SPECIFIC if worth > _COMMON_REQUEST else 0)) + worth
        if cause.weight or because:
            texts = tuple(text for _worth, text in because)
            ranked.append(RankedCause(cause=cause, score=score, because=texts, likelihood=""))
    ranked.sort(key=lambda item: -item.score)
    return tuple(_worded(item, ranked[0].score) for item in ranked)


def _worded(item: RankedCause, best: int) -> RankedCause:
    if item.because and item.score >= _LIKELY:
        likelihood = "very likely" if item.score == best else "likely"
    else:
        likelihood = "likely" if item.score == best else "possible"
    return RankedCause(cause=item.cause, score=item.score, because=item.because, likelihood=likelihood)


def evidence(clue: Clue, finding: Finding, facts: Facts) -> Iterator[tuple[int, str]]:
    """Yield (worth, sentence) for every part of the clue that the text holds."""
    for pattern in clue.functions:
        function = _function(pattern, finding)
        if function:
            yield _FUNCTION, f"the stack shows {function}"
    for size, align in clue.requests:
        if any(size == asked and align in (None, aligned) for asked, aligned in finding.requests):
            worth = _COMMON_REQUEST if 0 < size <= _COMMON else _REQUEST
            yield worth, f"the request is of its size ({size} bytes{'' if align is None else f' at {align}'})"
    word = _word(clue.words, finding) if clue.words else ""
    if word:
        yield _WORD, f'the text says "{word}"'
    task = next((name for name in finding.tasks if re.fullmatch(clue.task, name)), "") if clue.task else ""
    if task:
        yield _TASK, f"the task is {task}"
    yield from ((_FACT, _FACTS[fact]) for fact in clue.facts if facts.holds(fact))


def _function(pattern: str, finding: Finding) -> str:
    """Return the stack's function that matches, rather one of the caller's than of the allocator's own."""
    matching = [name for name in finding.functions if re.fullmatch(pattern, name.split(".", 1)[0])]
    return next((name for name in matching if not plumbing(name)), matching[0] if matching else "")


def _word(pattern: str, finding: Finding) -> str:
    found = next((match[0] for line in finding.around if (match := re.search(pattern, line)) is not None), "")
    return " ".join(found.split())[:60]


_FACTS: Final = {
    "hotplug": "more CPUs are possible than are online",
    "many_cpus": "there are 64 possible CPUs or more",
    "bits32": "it is a 32-bit kernel",
    "small_memory": "the machine has less than 1 GiB",
    "oversized_chunks": "a chunk has far more units than CPUs are online",
}


def requester(finding: Finding) -> str:
    """Say who made the request where the stack names a known caller, else nothing."""
    caller = caller_of_stack(finding.functions)
    return caller.what if caller is not None else ""
