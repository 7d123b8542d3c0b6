"""A quick dataclass behaves as the standard one of the same definition."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import quick


def _make(decorator):
    class Point:
        """Two numbers and a note."""

        x: int
        y: int = 2
        tags: tuple[str, ...] = ()
        note: str = field(default="", compare=False)
        secret: list[int] = field(default_factory=list, repr=False, compare=False)
        known: dict[int, int] = field(default_factory=dict, init=False, compare=False)

        def doubled(self):
            return 2 * self.x

    Point.__qualname__ = "Point"
    return decorator(frozen=True, slots=True)(Point)


STANDARD = _make(dataclasses.dataclass)
QUICK = _make(quick.dataclass)

ARGUMENTS = st.fixed_dictionaries(
    {"x": st.integers(-2, 2)},
    optional={
        "y": st.integers(1, 3),
        "tags": st.sampled_from([(), ("a",)]),
        "note": st.sampled_from(["", "n"]),
        "secret": st.just([1]),
    },
)


@quick.dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """At the top of the module, where pickle finds it."""

    name: str
    inner: tuple[int, ...] = ()

    def __post_init__(self):
        if not self.name:
            raise ValueError("a name is needed")


@given(ARGUMENTS, ARGUMENTS)
def test_as_the_standard_one(one, other):
    assert repr(QUICK(**one)) == repr(STANDARD(**one))
    assert dataclasses.asdict(QUICK(**one)) == dataclasses.asdict(STANDARD(**one))
    assert (QUICK(**one) == QUICK(**other)) == (STANDARD(**one) == STANDARD(**other))
    assert (hash(QUICK(**one)) == hash(QUICK(**other))) == (hash(STANDARD(**one)) == hash(STANDARD(**other)))
    assert repr(dataclasses.replace(QUICK(**one), x=9)) == repr(dataclasses.replace(STANDARD(**one), x=9))


def test_a_class_made_often_gets_a_constructor_that_does_the_same():
    kind = _make(quick.dataclass)
    made = [kind(number, secret=[number]) for number in range(2 * quick.OFTEN)]
    assert [(one.x, one.y, one.secret, one.known) for one in made] == [(n, 2, [n], {}) for n in range(2 * quick.OFTEN)]
    assert kind(1).known is not kind(1).known
    for values, named in [
        ((), {}),
        ((1, 2, (), "", [], {}), {}),
        ((1,), {"x": 2}),
        ((1,), {"z": 2}),
        ((1,), {"known": {}}),
    ]:
        with pytest.raises(TypeError):
            kind(*values, **named)
    for _ in range(2 * quick.OFTEN):
        assert Named(name="a").inner == ()
    with pytest.raises(ValueError, match="a name is needed"):
        Named(name="")
    with pytest.raises(TypeError):
        Named("positional")


def test_other_classes_are_not_equal():
    assert QUICK(1) != STANDARD(1)
    assert QUICK(1) != (1, 2, ())


@pytest.mark.parametrize("kind", [STANDARD, QUICK])
@pytest.mark.parametrize("name", ["x", "note", "doubled"])
def test_nothing_is_written_again(kind, name):
    point = kind(1)
    with pytest.raises((FrozenInstanceError, TypeError)):
        setattr(point, name, 3)
    with pytest.raises((FrozenInstanceError, TypeError)):
        delattr(point, name)
    assert point.x == 1
    assert point.doubled() == 2


def test_no_field_can_be_added():
    with pytest.raises(AttributeError):
        QUICK(1).unknown = 3
    assert not hasattr(QUICK(1), "__dict__")


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301 - its own
def test_copies_are_equal_and_frozen(again):
    twin = again(Named(name="a", inner=(1,)))
    assert twin == Named(name="a", inner=(1,))
    with pytest.raises(FrozenInstanceError):
        twin.name = "b"


def test_construction_checks():
    with pytest.raises(ValueError, match="a name is needed"):
        Named(name="")
    with pytest.raises(TypeError):
        Named("positional")


@pytest.mark.parametrize("kind", [STANDARD, QUICK])
def test_what_is_no_field_of_the_constructor_is_refused(kind):
    for values, named in [
        ((), {}),
        ((1, 2, (), "", [], {}), {}),
        ((1,), {"x": 2}),
        ((1,), {"z": 2}),
        ((1,), {"known": {}}),
    ]:
        with pytest.raises(TypeError):
            kind(*values, **named)
    assert kind(1).known == {}


@pytest.mark.parametrize("wrong", [{"frozen": False, "slots": True}, {"frozen": True, "slots": False}])
def test_other_forms_are_refused(wrong):
    with pytest.raises(TypeError, match="frozen"):
        quick.dataclass(**wrong)
