"""A TOML file becomes a checked, frozen :class:`Profile`.

One declaration of each key (:mod:`planner.profile.tables`, plugins' parameters) serves the check, the JSON Schema and the key
reference. The check imports no validation library; pydantic writes the JSON Schemas (:mod:`planner.profile.schema`,
:mod:`planner.profile.report_schema`) and is used nowhere else. Start with :func:`load` (a path, ``-`` or a shipped name) and
:func:`shipped_profiles`. Everything wrong with a file is reported at once by :class:`ProfileError`.
"""

from planner.profile.errors import Problem, ProfileError
from planner.profile.load import load, load_text
from planner.profile.model import (
    Burst,
    Churn,
    CompositeSpec,
    ConsumerSpec,
    GateSpec,
    Part,
    Profile,
    Spread,
    VmallocArea,
)
from planner.profile.shipped import ShippedProfile, shipped_profiles

__all__ = [
    "Burst",
    "Churn",
    "CompositeSpec",
    "ConsumerSpec",
    "GateSpec",
    "Part",
    "Problem",
    "Profile",
    "ProfileError",
    "ShippedProfile",
    "Spread",
    "VmallocArea",
    "load",
    "load_text",
    "shipped_profiles",
]
