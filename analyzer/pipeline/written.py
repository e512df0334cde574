"""Failed connections as packets: what is written, what is said of it, and what could not be written.

A verdict stands as a comment at the packet that shows it. Where that packet was left out, the comment stands at the
next one that is there. The secrets of a connection, and of no other, stand before its packets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from analyzer.capture import Commented, PacketFiles
from analyzer.diagnosis.report import ConnectionReport, Problem
from analyzer.model import Unseen
from analyzer.tls import KeyRing

UNWRITTEN = "unwritten"
"""Kind of the problem that the disk would not take what should have been written."""

Commenter = Callable[[ConnectionReport], Mapping[int, Sequence[str]]]
"""What is to be said of a connection, by the number of the packet that shows it."""


class Remarks:
    """The comments of one connection, handed out as its packets go by."""

    def __init__(self, comments: Mapping[int, Sequence[str]]) -> None:
        self._waiting = sorted(comments.items(), reverse=True)

    def take(self, packet: int) -> list[str]:
        """What stands at that packet, or at one before it that was not there."""
        taken: list[str] = []
        while self._waiting and self._waiting[-1][0] <= packet:
            taken.extend(self._waiting.pop()[1])
        return taken

    def rest(self) -> list[str]:
        """What is about packets behind the last one."""
        return self.take(self._waiting[0][0]) if self._waiting else []


class Written:
    """What one run writes, and what became of it."""

    def __init__(self, files: PacketFiles, comments: Commenter, tell: Callable[[str], None]) -> None:
        self.files = files
        self.comments = comments
        self._tell = tell
        """Is told at once, and once, that something could not be written."""
        self._told = False
        self.connections = 0
        """Failed connections that were written."""
        self.packets = 0
        self.unwritten = 0
        """Failed connections that the disk did not take."""
        self.given_up = 0
        """Failed connections whose packets had to go before they had failed."""
        self.left_out = 0
        """Packets of written connections that were too many to be kept."""
        self.not_noted = 0
        """Failed connections of files that were too many to be found again."""

    def write(self, packets: Sequence[Commented], secrets: bytes) -> bool:
        """Write what belongs together; False where that failed."""
        if self.files.write(packets, secrets):
            self.packets += len(packets)
            return True
        if not self._told:
            self._told = True
            self._tell(f"Packets cannot be written: {self.files.trouble}.")
        return False

    def problems(self) -> Iterator[Problem]:
        """What is not in the files although it should be."""
        if self.unwritten:
            text = f"The packets of {self.unwritten} failed connections could not be written: {self.files.trouble}."
            yield Problem(UNWRITTEN, text)
        counts = (
            (self.given_up, "failed connections were not written: too many packets were waiting for verdicts."),
            (self.left_out, "packets of failed connections were not written: only so many of each are kept."),
            (self.not_noted, "failed connections were not written: there are too many."),
            (self.files.deleted, "full files were deleted for newer ones."),
        )
        for count, text in counts:
            if count:
                yield Problem("limit", f"{count} {text}")


def secrets_of(randoms: Sequence[bytes], keys: KeyRing | None) -> bytes:
    """The lines of a key log that open the connections with these randoms."""
    return b"" if keys is None else b"".join(keys.lines_of(random) for random in dict.fromkeys(randoms))


def randoms_of(report: ConnectionReport) -> tuple[bytes, ...]:
    """By what the secrets of a connection are found: its ClientHellos' randoms."""
    hellos = (handshake.client_hello for handshake in report.connection.handshakes)
    return tuple(hello.message.random for hello in hellos if not isinstance(hello, Unseen))
