"""The latest answer is remembered for the very same object, and for no other."""

from __future__ import annotations

from analyzer.x509.latest import remember_latest


def test_only_the_same_object_is_recognised() -> None:
    asked: list[tuple[int, ...]] = []

    @remember_latest
    def total(values: tuple[int, ...]) -> int:
        asked.append(values)
        return sum(values)

    first = (1, 2)
    equal = (*first[:1], 2)
    assert [total(first), total(first), total(equal), total(first), total(())] == [3, 3, 3, 3, 0]
    assert [id(values) for values in asked] == [id(first), id(equal), id(first), id(())]
