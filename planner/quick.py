"""``dataclass`` as in :mod:`dataclasses`, quicker to make, for classes that every run of the command imports.

``dataclasses`` compiles seven methods for each frozen class, one by one: with a hundred and fifty classes a quarter of the time of
``planner report`` on a small profile. Here what a frozen dataclass has is shared by all of them and looks at the fields when it is
called; only a class that turns out to be made often gets a constructor compiled for it. What the allocator compares by the
thousand keeps the standard decorator, whose methods are faster to call.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from dataclasses import dataclass as standard
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]


_NAMES: dict[type, tuple[str, ...]] = {}
"""The fields that are compared, by class."""


def _key(instance: Any) -> tuple[Any, ...]:
    """Return what decides whether two instances of a class are equal."""
    kind = type(instance)
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(field.name for field in fields(kind) if field.compare)
    return tuple([getattr(instance, name) for name in names])


_set = object.__setattr__
_FIELDS: dict[type, tuple[tuple[Field[Any], ...], int]] = {}
"""The fields of a class in order, and how many of them may be given by position."""


def _fields(kind: type) -> tuple[tuple[Field[Any], ...], int]:
    found = tuple(sorted(fields(kind), key=lambda field: bool(field.kw_only) or not field.init))
    return _FIELDS.setdefault(kind, (found, sum(field.init and not field.kw_only for field in found)))


OFTEN = 40
"""Instances of a class from which on compiling its constructor pays."""
_MADE: dict[type, int] = {}


def _compiled(kind: type) -> Callable[..., None]:
    """Return the constructor that ``dataclasses`` would have made for ``kind``."""
    found, most = _fields(kind)
    known: dict[str, Any] = {"_set": _set, "MISSING": MISSING}
    parameters, body = ["self"], []
    for number, field in enumerate(found):
        name, made = field.name, field.default_factory is not MISSING
        if number == most:
            parameters.append("*")
        known[f"_default_{name}"] = field.default_factory if made else field.default
        default = f"_default_{name}"
        if field.init:
            optional = made or field.default is not MISSING
            parameters.append(f"{name}={'MISSING' if made else default}" if optional else name)
        value = default if not field.init else f"{name} if {name} is not MISSING else {default}" if made else name
        body.append(f"_set(self, {name!r}, {value}{'()' if made else ''})")
    if hasattr(kind, "__post_init__"):
        body.append("self.__post_init__()")
    lines = "\n ".join(body or ["pass"])
    exec(f"def __init__({', '.join(parameters).removesuffix(', *')}):\n {lines}\n", known)  # noqa: S102 - from a class of ours
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{kind.__qualname__}.__init__"
    return init


def _noted(kind: type) -> tuple[tuple[Field[Any], ...], int]:
    """Return what the constructor of ``kind`` needs to know, one more instance of which is made."""
    made = _MADE[kind] = _MADE.get(kind, 0) + 1
    if made == OFTEN:
        kind.__init__ = _compiled(kind)  # type: ignore[misc]
    return _FIELDS.get(kind) or _fields(kind)


def _misused(instance: Any, what: str) -> TypeError:
    return TypeError(f"{type(instance).__qualname__}() {what}")


class _Shared:
    """The methods of all classes made here; each does what the compiled one of a frozen dataclass does."""

    def __init__(self, *values: Any, **named: Any) -> None:
        """Fill the slots.

        :raises TypeError: a field is given twice or not at all, or there is none of that name.
        """
        found, most = _noted(type(self))
        if len(values) > most:
            raise _misused(self, f"takes {most} positional arguments, not {len(values)}")
        for field, value in zip(found, values, strict=False):
            if field.name in named:
                raise _misused(self, f"got two values for {field.name!r}")
            _set(self, field.name, value)
        for field in found[len(values) :]:
            if field.name in named and field.init:
                _set(self, field.name, named.pop(field.name))
            elif field.default is not MISSING:
                _set(self, field.name, field.default)
            elif field.default_factory is not MISSING:
                _set(self, field.name, field.default_factory())
            else:
                raise _misused(self, f"is missing {field.name!r}")
        if named:
            raise _misused(self, f"has no field {next(iter(named))!r}")
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    def __eq__(self, other: object) -> bool:
        return _key(self) == _key(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(_key(self))

    def __repr__(self) -> str:
        names: list[str] = [field.name for field in fields(self) if field.repr]  # type: ignore[arg-type]
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self) -> list[Any]:
        return [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]

    def __setstate__(self, state: list[Any]) -> None:
        for field, value in zip(fields(self), state, strict=True):  # type: ignore[arg-type]
            _set(self, field.name, value)


_SHARED = {name: method for name, method in vars(_Shared).items() if callable(method)}

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Any:
        """Return the decorator. It makes frozen classes with slots and no others.

        :raises TypeError: ``frozen`` or ``slots`` is not set.
        """
        if not (frozen and slots):
            raise TypeError("planner.quick makes frozen dataclasses with slots")

        def decorate(kind: type) -> type:
            own = vars(kind)
            made = standard(init=False, eq=False, repr=False, slots=True, kw_only=kw_only)(kind)
            for name, method in _SHARED.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate
