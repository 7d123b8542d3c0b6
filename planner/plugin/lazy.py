"""A table of records whose built-in ones are brought when they are first asked for by name."""

from collections.abc import Callable, ItemsView, Iterator, Mapping, ValuesView
from typing import Generic, TypeVar

R = TypeVar("R")


class LazyRecords(Mapping[str, R], Generic[R]):
    """Records by name. ``where`` names the module of those that are not here yet, ``bring`` adds a module's to ``found``.

    Listing names brings nothing; asking for one brings its module; ``values()`` and ``items()`` bring all. A module that cannot be imported
    takes its names with it: they are then missing.
    """

    def __init__(self, found: dict[str, R], where: dict[str, str], bring: Callable[[str, dict[str, R]], None]) -> None:
        self._found = found
        self._where = where
        self._bring = bring

    def __getitem__(self, name: str) -> R:
        module = self._where.get(name)
        if module is not None and name not in self._found:
            self._fetch(module)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._where or name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(dict.fromkeys((*self._where, *self._found))))

    def __len__(self) -> int:
        return len({*self._where, *self._found})

    def values(self) -> ValuesView[R]:
        """Return the records, each brought when it is its turn."""
        return _Values(self)

    def items(self) -> ItemsView[str, R]:
        """Return names and records, each brought when it is its turn."""
        return _Items(self)

    def all(self) -> dict[str, R]:
        """Bring everything and return it by name."""
        for module in dict.fromkeys(self._where.values()):
            self._fetch(module)
        return {name: self._found[name] for name in self if name in self._found}

    def _fetch(self, module: str) -> None:
        self._bring(module, self._found)
        for name in [name for name, owner in self._where.items() if owner == module and name not in self._found]:
            del self._where[name]


class _Items(ItemsView[str, R]):
    """Items of what can be brought."""

    _mapping: LazyRecords[R]

    def __iter__(self) -> Iterator[tuple[str, R]]:
        for name in self._mapping:
            record = self._mapping.get(name)
            if record is not None:
                yield name, record


class _Values(ValuesView[R]):
    """Values of what can be brought."""

    _mapping: LazyRecords[R]

    def __iter__(self) -> Iterator[R]:
        return (record for _name, record in self._mapping.items())
