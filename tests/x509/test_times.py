from __future__ import annotations

import datetime

import pytest

from analyzer.x509.times import as_datetime, time_ns


@pytest.mark.parametrize(
    ("tag", "text", "iso"),
    [
        (0x17, "260102030405Z", "2026-01-02T03:04:05+00:00"),
        (0x17, "500101000000Z", "1950-01-01T00:00:00+00:00"),
        (0x17, "491231235959Z", "2049-12-31T23:59:59+00:00"),
        (0x17, "2601020304Z", "2026-01-02T03:04:00+00:00"),
        (0x17, "260102030405+0200", "2026-01-02T01:04:05+00:00"),
        (0x18, "99991231235959Z", "9999-12-31T23:59:59+00:00"),
        (0x18, "19691231235959Z", "1969-12-31T23:59:59+00:00"),
        (0x18, "20260102030405.25Z", "2026-01-02T03:04:05.250000+00:00"),
        (0x18, "20260102030405", "2026-01-02T03:04:05+00:00"),
    ],
)
def test_times(tag: int, text: str, iso: str) -> None:
    assert as_datetime(time_ns(tag, text.encode())) == datetime.datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        (0x17, ""),
        (0x17, "261302030405Z"),
        (0x17, "260230030405Z"),
        (0x17, "260102240405Z"),
        (0x17, "26010203Z"),
        (0x17, "260102030405+2"),
        (0x18, "00000102030405Z"),
        (0x18, "20260102030405ZZ"),
        (0x18, "x" * 50),
        (0x0C, "260102030405Z"),
        (0x17, "26010203040\u00b2Z"),
    ],
)
def test_what_is_no_time(tag: int, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        time_ns(tag, text.encode())


def test_datetime_beyond_the_calendar() -> None:
    assert as_datetime(time_ns(0x18, b"99991231235959-0100")) is None
    assert as_datetime(None) is None
