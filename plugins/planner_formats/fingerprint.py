"""A stable name for a finding, so that a CI system recognises it in the next run."""

import hashlib

from planner.report.model import GateInfo


def fingerprint(profile: str, gate: GateInfo) -> str:
    """Return 32 hexadecimal digits: the same while profile, gate and kind keep their names; lines and figures may move."""
    return digest(profile, gate.name, gate.kind)


def digest(*words: str) -> str:
    """Return 32 hexadecimal digits of a list of words."""
    text = "\0".join(words).encode("utf-8", "backslashreplace")
    return hashlib.sha256(text).hexdigest()[:32]
