"""What all TLS sessions together may hold: one number, so that many small strangers are bounded too."""

from __future__ import annotations


class Budget:
    """Bytes that all sessions together may hold of incomplete messages."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self.limit = limit
        self.held = 0
        self.given_up = 0
        """Sessions that were given up for it."""
