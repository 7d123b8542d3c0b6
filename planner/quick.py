"""``dataclass`` as in :mod:`dataclasses`, quicker to make, for classes that every run of the command imports.

``dataclasses`` compiles six methods for each frozen class, one by one: with a hundred and fifty classes a quarter of the time of
``planner report`` on a small profile. Here the constructor alone is compiled; what else a frozen dataclass has is shared by all
of them and looks at the fields when it is called. What the allocator makes or compares by the thousand keeps the
standard decorator, whose methods are faster to call.
"""

from dataclasses import FrozenInstanceError, fields
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


class _Shared:
    """The methods of all classes made here; each does what the compiled one of a frozen dataclass does."""

    def __eq__(self, other: object) -> bool:
        return _key(self) == _key(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(_key(self))

    def __repr__(self) -> str:
        names: list[str] = [field.name for field in fields(self) if field.repr]  # type: ignore[arg-type]
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    def __setattr__(self, name: str, value: object) -> None:
        """Let the constructor fill the slots; none is written twice."""
        if hasattr(self, name):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED = {name: vars(_Shared)[name] for name in ("__eq__", "__hash__", "__repr__", "__setattr__", "__delattr__")}

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
            made = standard(eq=False, repr=False, slots=True, kw_only=kw_only)(kind)
            for name, method in _SHARED.items():
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate
