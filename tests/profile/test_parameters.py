"""Plugins' parameters as keys of a profile, whatever the plugin does."""

from dataclasses import dataclass
from typing import Any

import pytest

from planner.plugin import ConsumerRecord, ParameterInfo, parameter
from planner.profile import ProfileError, load_text
from planner.profile.readings import of_annotation
from tests.profile.plugins import BASE, Plugins


def with_parameters(parameters: Any, text: str) -> Any:
    record = ConsumerRecord(kind="mine", summary="", requests=lambda _p, _s: (), sources=("",), parameters=parameters)
    profile = load_text(f'{BASE}[[consumer]]\nkind = "mine"\ncount = 1\n{text}\n', Plugins({"mine": record}))
    return profile.consumers[0].parameters


@pytest.mark.parametrize(
    ("annotation", "info", "raw", "value"),
    [
        (int, ParameterInfo(""), "1.5k", 1500),
        (int, ParameterInfo("", size=True), "1.5k", 1536),
        (int, ParameterInfo("", minimum=-5), -3, -3),
        (float, ParameterInfo(""), "0.25", 0.25),
        (float, ParameterInfo(""), 3, 3.0),
        (str, ParameterInfo(""), "x", "x"),
        (str, ParameterInfo("", choices=("Fast", "slow")), "fast", "Fast"),
        (str | None, ParameterInfo(""), "x", "x"),
        (int | str, ParameterInfo(""), 5, 5),
        (int | str, ParameterInfo(""), "20%", "20%"),
        (tuple[int, ...], ParameterInfo("", size=True), ["1k", 2], (1024, 2)),
        (tuple[str, ...], ParameterInfo("", choices=("a", "b")), "a", ("a",)),
        (bool, ParameterInfo(""), True, True),
    ],
)
def test_types(annotation: Any, info: ParameterInfo, raw: object, value: object) -> None:
    assert of_annotation(annotation, info).read(raw) == value


@pytest.mark.parametrize("annotation", [complex, dict, list[int], tuple[int, str], int | float, Any, None])
def test_types_that_no_profile_holds(annotation: Any) -> None:
    with pytest.raises(TypeError, match="cannot be read from a profile"):
        of_annotation(annotation, ParameterInfo(""))


def test_a_class_without_planners_own_fields() -> None:
    @dataclass(frozen=True)
    class Plain:
        number: int = 3

    assert with_parameters(Plain, "number = 7") == Plain(7)
    assert with_parameters(Plain, "") == Plain()


def refused(parameters: Any, text: str = "") -> str:
    with pytest.raises(ProfileError) as caught:
        with_parameters(parameters, text)
    assert all(line.isprintable() for line in str(caught.value).split("\n"))
    return str(caught.value)


def test_what_is_no_dataclass() -> None:
    assert "int is not a dataclass [P060]" in refused(int)


def test_an_annotation_that_leads_nowhere() -> None:
    @dataclass(frozen=True)
    class Lost:
        thing: "Nowhere" = None  # type: ignore[name-defined] # noqa: F821 - the point of it

    assert "the plugin's parameters cannot be used" in refused(Lost)


def test_a_check_of_the_plugins_own_that_breaks() -> None:
    @dataclass(frozen=True)
    class Broken:
        number: int = parameter(1, "")

        def __post_init__(self) -> None:
            raise ZeroDivisionError("\x1b[31m by zero")

    assert "is refused by its plugin: \\x1b[31m by zero [P013]" in refused(Broken)
