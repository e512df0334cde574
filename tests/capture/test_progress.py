from __future__ import annotations

from analyzer.capture.progress import Progress, Truncation


def test_the_place_is_said_in_words() -> None:
    progress = Progress()
    assert progress.place == "before the first packet"
    progress.packets = 16
    assert progress.place == "after packet 16"
    progress.stop("the file ends in the middle of packet 17")
    assert progress.truncated == Truncation(16, "the file ends in the middle of packet 17")
