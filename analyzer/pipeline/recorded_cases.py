"""The cases that a recorded capture holds: each handshake of each connection in it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from analyzer.diagnosis.catalogue import Catalogue
from analyzer.errors import InputUnreadableError
from analyzer.model import Case
from analyzer.pipeline.files import read_captures
from analyzer.pipeline.options import Options
from analyzer.x509 import load_client_certificate, load_revocation_lists, load_trust

TRUTH = "truth.toml"


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What ``truth.toml`` in a capture's folder names for reading it; the rest of it is for people and tests."""

    file: str = "capture.pcap"
    keys: str | None = None
    client_cert: str | None = None
    trust: str | None = None
    crl: str | None = None
    expected_server: str | None = None


def recorded(path: Path) -> tuple[Path, Options]:
    """The capture itself, and all that is given with it where it stands in a folder of its own.

    Raises:
        CertwhyError: something that belongs to it cannot be read.
    """
    folder, recording = _recording(path)
    options = Options(
        client_certs=(load_client_certificate(str(folder / recording.client_cert)),) if recording.client_cert else (),
        trust=load_trust(str(folder / recording.trust)) if recording.trust else (),
        revocation_lists=load_revocation_lists(str(folder / recording.crl)) if recording.crl else (),
        servers=(recording.expected_server,) if recording.expected_server else (),
        key_logs=(str(folder / recording.keys),) if recording.keys else (),
    )
    return folder / recording.file, options


def recorded_cases(path: Path) -> tuple[Case, ...]:
    """Read a capture, or a folder with one, and give every handshake in it as a case. No rule is asked.

    Raises:
        CertwhyError: there is no capture, or something that belongs to it cannot be read.
    """
    capture, options = recorded(path)
    report = read_captures([str(capture)], options, catalogue=Catalogue(()))
    for problem in report.problems:
        if problem.kind == "input-unreadable":
            raise InputUnreadableError(problem.text)
        if problem.kind == "interrupted":
            raise KeyboardInterrupt
    return tuple(
        Case(handshake, one.connection, one.capture, own, bool(options.servers))
        for one in report.connections
        for handshake, own in zip(
            one.connection.handshakes, one.supplied or (None,) * len(one.connection.handshakes), strict=True
        )
    )


def _recording(path: Path) -> tuple[Path, Recording]:
    """The folder of a capture, and what is to be read in it."""
    if not path.is_dir():
        return path.parent, Recording(file=path.name)
    truth = path / TRUTH
    if not truth.is_file():
        return path, Recording()
    try:
        return path, msgspec.toml.decode(truth.read_bytes(), type=Recording)
    except (msgspec.DecodeError, OSError, UnicodeDecodeError) as error:
        raise InputUnreadableError(f"{truth} cannot be read: {error}.") from error
