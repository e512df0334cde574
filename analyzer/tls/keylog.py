"""Key logs: the secrets of connections, by the client's random (draft-ietf-tls-keylogfile, "SSLKEYLOGFILE").

Each line is a label, the ClientHello's random and a secret, in hexadecimal. A log may still be growing, may be cut
in the middle of a line, may hold millions of connections that the capture does not. Only lines that are whole are
taken; the others are counted. Secrets never leave this room, and no report shows them.
"""

from __future__ import annotations

import enum
import os
import re
from pathlib import Path

import msgspec

from analyzer.errors import InputUnreadableError

MAX_SECRETS = 500_000
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


_LABELS = {label.value.encode(): label for label in Label}
_SECRET_BYTES = {Label.CLIENT_RANDOM: (48,), Label.RSA: (48,)}
_TRAFFIC_SECRET_BYTES = (32, 48)
"""As long as the hash of the suite. Of a line that was cut these lengths tell, nearly always."""
_FOREIGN = re.compile(rb"[A-Z][A-Z0-9_]* [0-9A-Fa-f]+ [0-9A-Fa-f]+")
"""A label of another purpose (EXPORTER_SECRET, ECH_SECRET, QUIC_...): such lines are to be ignored."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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
        self.good_lines = 0
        """Lines that held a secret, were it known already."""

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
        parts = line.split() if len(line) <= _LONGEST_LINE else []
        label = _LABELS.get(parts[0]) if len(parts) == 3 else None
        if label is None:
            self._bad_lines += not parts or _FOREIGN.fullmatch(line) is None
            return
        try:
            name, secret = (bytes.fromhex(part.decode("ascii")) for part in parts[1:])
        except ValueError:
            self._bad_lines += 1
            return
        sizes = _SECRET_BYTES.get(label, _TRAFFIC_SECRET_BYTES)
        if len(name) != (8 if label is Label.RSA else 32) or len(secret) not in sizes:
            self._bad_lines += 1
            return
        self.good_lines += 1
        if len(self._secrets) >= MAX_SECRETS:
            self._dropped += 1
        else:
            self._secrets[label, name] = secret
            self._randoms.add(name)

    def passed_over(self, bad_lines: int) -> None:
        """So many lines were no secrets; fewer than none where one was only not whole yet."""
        self._bad_lines += bad_lines

    def find(self, label: Label, random: bytes) -> bytes | None:
        """The secret with that label for the connection whose ClientHello has that random."""
        return self._secrets.get((label, random))

    def knows(self, random: bytes) -> bool:
        """Is there any secret for that connection?"""
        return random in self._randoms

    def lines_of(self, random: bytes) -> bytes:
        """The secrets of one connection, as lines of a key log."""
        found = ((label, self._secrets.get((label, random))) for label in Label) if self.knows(random) else ()
        return b"".join(line(label, random, secret) for label, secret in found if secret is not None)


def line(label: Label, random: bytes, secret: bytes) -> bytes:
    """One line of a key log."""
    return f"{label.value} {random.hex()} {secret.hex()}\n".encode()


class KeyLogFile:
    """A key log on disk, which may be growing: :meth:`refresh` takes what has been added."""

    def __init__(self, path: str, log: KeyLog) -> None:
        self._path = Path(path)
        self._log = log
        self._read = 0
        self._rest = b""
        """A last line whose end has not been written."""
        self._too_long = False
        """In the middle of a line that is longer than any secret."""
        self._unfinished = 0
        """Bad lines that were counted for a last line without its end."""

    def refresh(self) -> int:
        """Read what is new; returns the bytes read. A last line without its end is kept for the next time.

        Raises:
            OSError: the file cannot be read.
        """
        before = self._read
        with self._path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < self._read:
                self._read, self._rest, self._too_long = 0, b"", False  # truncated and begun anew
                before = 0
            if self._read:
                file.seek(self._read)  # a pipe, as of a shell's <(...), cannot
            while chunk := file.read(_CHUNK):
                if not self._read:
                    self._read = len(chunk)
                    chunk = chunk.removeprefix(_BYTE_ORDER_MARK)
                else:
                    self._read += len(chunk)
                self._take(chunk)
        return self._read - before

    def _take(self, chunk: bytes) -> None:
        self._log.passed_over(-self._unfinished)
        self._unfinished = 0
        if self._too_long:
            end = chunk.find(b"\n")
            if end < 0:
                return
            chunk, self._too_long = chunk[end:], False
        lines = self._rest + chunk
        whole = lines.rfind(b"\n") + 1
        self._rest = lines[whole:]
        if len(self._rest) > _LONGEST_LINE:
            self._rest, self._too_long = b"", True
            self._log.passed_over(1)
        self._log.add(lines[:whole])

    def finish(self) -> None:
        """Nothing may be added any more: a last line without its end counts too. If it is, the line is read again."""
        before = self._log.counts.bad_lines
        self._log.add(self._rest)
        self._unfinished = self._log.counts.bad_lines - before


def read_key_log(path: str, log: KeyLog) -> KeyLogFile:
    """Read a key log into ``log``; what it returns may be refreshed while the file grows.

    Raises:
        InputUnreadableError: it cannot be read, or holds no secret at all.
    """
    file = KeyLogFile(path, log)
    good, bad = log.good_lines, log.counts.bad_lines
    try:
        file.refresh()
    except OSError as error:
        raise InputUnreadableError(f"The key log {path} cannot be read: {error.strerror or error}.") from None
    file.finish()
    if log.good_lines == good and log.counts.bad_lines > bad:
        raise InputUnreadableError(
            f"{path} is no key log: it holds no line such as CLIENT_RANDOM with a random and a secret.",
            "A key log is what SSLKEYLOGFILE, or openssl -keylogfile, makes a client or a server write.",
        )
    return file
