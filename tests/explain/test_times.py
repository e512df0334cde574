from __future__ import annotations

import pytest

from analyzer.explain.times import time_in


@pytest.mark.parametrize(
    ("line", "time"),
    [
        ("2026-03-02T09:14:22.123Z INFO x", "2026-03-02T09:14:22.123Z"),
        ("2026-03-02T09:14:22+01:00 x", "2026-03-02T09:14:22+01:00"),
        ("2026-03-02 09:14:22,123 DEBUG [main] x", "2026-03-02 09:14:22,123"),
        ("2026/03/02 09:14:22 [info] 7#7: *1 x", "2026/03/02 09:14:22"),
        ('192.0.2.7 - - [02/Mar/2026:09:14:22 +0100] "GET /"', "02/Mar/2026:09:14:22 +0100"),
        ("[Mon Mar 02 09:14:22.123456 2026] [ssl:info] x", "Mon Mar 02 09:14:22.123456 2026"),
        ("Mar  2 09:14:22 web01 nginx[7]: x", "Mar  2 09:14:22"),
        ("02 Mar 2026 09:14:22,123 ERROR x", "02 Mar 2026 09:14:22,123"),
        ("3/2/2026 9:14:22 AM Schannel", "3/2/2026 9:14:22 AM"),
        ("09:14:22.123 [main] x", "09:14:22.123"),
        ("1772442862.5 x", "2026-03-02T09:14:22Z"),
        ("[1772442862123] x", "2026-03-02T09:14:22Z"),
        ('{"level":"error","ts":1772442862.12,"msg":"x"}', "2026-03-02T09:14:22Z"),
        ("order 1772442862 of 12 items", None),
        ("no time at all", None),
    ],
)
def test_times_as_logs_write_them(line: str, time: str | None) -> None:
    assert time_in(line) == time
