"""Key logs: the secrets of connections, by the client's random (draft-ietf-tls-keylogfile, "SSLKEYLOGFILE").

Each line is a label, the ClientHello's random and a secret, in hexadecimal. A log may still be growing, may be cut
in the middle of a line, may hold millions of connections that the capture does not. Only lines that are whole are
taken; the others are counted. Secrets never leave this room, and no report shows them.
"""

from __future__ import annotations

import enum
import os
from pathlib import Path

import msgspec

from analyzer.errors import InputUnreadableError

MAX_SECRETS = 2_000_000
"""Secrets kept in all; what comes later is counted."""
_CHUNK = 1 << 20
_LONGEST_LINE = 1024


class Label(enum.StrEnum):
    """Labels that open something (draft-ietf-tls-keylogfile section 2)."""

    CLIENT_RANDOM = "CLIENT_RANDOM"
    """The master secret, before TLS 1.3."""
    CLIENT_HANDSHAKE = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
    SERVER_HANDSHAKE = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
    CLIENT_TRAFFIC = "CLIENT_TRAFFIC_SECRET_0"
    SERVER_TRAFFIC = "SERVER_TRAFFIC_SECRET_0"
    RSA = "RSA"
    """The premaster secret, by the first eight bytes of its encrypted form: NSS of long ago."""


_LABELS = {label.value: label for label in Label}
_IGNORED = frozenset(
    ("CLIENT_EARLY_TRAFFIC_SECRET", "EARLY_EXPORTER_SECRET", "EXPORTER_SECRET", "ECH_SECRET", "ECH_CONFIG")
)


class KeyLogCounts(msgspec.Struct, frozen=True):
    """What was found in key logs."""

    secrets: int
    bad_lines: int
    dropped: int


class KeyLog:
    """All secrets that were given, from files and from the capture itself."""

    def __init__(self) -> None:
        self._secrets: dict[tuple[Label, bytes], bytes] = {}
        self._randoms: set[bytes] = set()
        self._bad_lines = 0
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._secrets)

    @property
    def counts(self) -> KeyLogCounts:
        """How much was read, and how much of it was no secret."""
        return KeyLogCounts(len(self._secrets), self._bad_lines, self._dropped)

    def add(self, text: bytes) -> None:
        """Take whole lines of a key log."""
        for line in text.splitlines():
            self._add_line(line)

    def _add_line(self, line: bytes) -> None:
        line = line.strip()
        if not line or line.startswith(b"#"):
            return
        parts = line.split()
        label = _LABELS.get(parts[0].decode("latin-1")) if len(line) <= _LONGEST_LINE else None
        if label is None:
            self._bad_lines += len(parts) != 3 or parts[0].decode("latin-1") not in _IGNORED
            return
        try:
            name, secret = (bytes.fromhex(part.decode("ascii")) for part in parts[1:])
        except ValueError:
            self._bad_lines += 1
            return
        if len(name) != (8 if label is Label.RSA else 32) or not 32 <= len(secret) <= 64:
            self._bad_lines += 1
        elif len(self._secrets) >= MAX_SECRETS:
            self._dropped += 1
        else:
            self._secrets[label, name] = secret
            self._randoms.add(name)

    def find(self, label: Label, random: bytes) -> bytes | None:
        """The secret with that label for the connection whose ClientHello has that random."""
        return self._secrets.get((label, random))

    def knows(self, random: bytes) -> bool:
        """Is there any secret for that connection?"""
        return random in self._randoms


class KeyLogFile:
    """A key log on disk, which may be growing: :meth:`refresh` takes what has been added."""

    def __init__(self, path: str, log: KeyLog) -> None:
        self._path = Path(path)
        self._log = log
        self._read = 0
        self._rest = b""

    def refresh(self) -> int:
        """Read what is new; returns the bytes read. A last line without its end is kept for the next time.

        Raises:
            OSError: the file cannot be read.
        """
        before = self._read
        with self._path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < self._read:
                self._read, self._rest = 0, b""  # truncated and begun anew
                before = 0
            file.seek(self._read)
            while chunk := file.read(_CHUNK):
                self._read += len(chunk)
                lines = self._rest + chunk
                whole = lines.rfind(b"\n") + 1
                self._rest = lines[whole:] if len(lines) - whole <= _LONGEST_LINE else b""
                self._log.add(lines[:whole])
        return self._read - before

    def finish(self) -> None:
        """Nothing will be added: a last line without its end counts too."""
        self._log.add(self._rest)
        self._rest = b""


def read_key_log(path: str, log: KeyLog) -> KeyLogFile:
    """Read a key log into ``log``; what it returns may be refreshed while the file grows.

    Raises:
        InputUnreadableError: it cannot be read, or holds no secret at all.
    """
    file = KeyLogFile(path, log)
    before = len(log)
    try:
        file.refresh()
    except OSError as error:
        raise InputUnreadableError(f"The key log {path} cannot be read: {error.strerror}.") from None
    file.finish()
    if len(log) == before and log.counts.bad_lines:
        raise InputUnreadableError(
            f"{path} is no key log: it holds no line such as CLIENT_RANDOM with a random and a secret.",
            "A key log is what SSLKEYLOGFILE, or openssl -keylogfile, makes a client or a server write.",
        )
    return file
