"""How far the reading of a capture has come, and where and why it stopped."""

from __future__ import annotations

import msgspec

Secrets = list[tuple[int, bytes]]
"""Type and content of Decryption Secrets Blocks."""

MOST_SECRETS = 16 * 1024 * 1024
"""Bytes of Decryption Secrets Blocks that are kept from one file."""


class Truncation(msgspec.Struct, frozen=True):
    """Where a damaged capture stops making sense."""

    packet: int
    """Number of the last packet that was read; 0 where there was none."""
    why: str
    """One plain clause: ``the file ends in the middle of packet 17``."""


class Progress:
    """What a reader has counted so far; one per capture, written by the reader alone."""

    __slots__ = ("_room_for_secrets", "bytes", "packets", "secrets", "truncated")

    def __init__(self) -> None:
        self.packets = 0
        self.bytes = 0
        self.truncated: Truncation | None = None
        self.secrets: Secrets = []
        self._room_for_secrets = MOST_SECRETS

    @property
    def place(self) -> str:
        """Where the reading has come to, in words."""
        return f"after packet {self.packets}" if self.packets else "before the first packet"

    def stop(self, why: str) -> None:
        """Note that nothing after the last packet can be read."""
        self.truncated = Truncation(self.packets, why)

    def keep_secrets(self, kind: int, data: bytes) -> None:
        """Keep the content of a Decryption Secrets Block, as long as there is room."""
        if len(data) <= self._room_for_secrets:
            self._room_for_secrets -= len(data)
            self.secrets.append((kind, data))
