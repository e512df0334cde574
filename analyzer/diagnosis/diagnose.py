"""One connection, all its handshakes: from the model's facts to a connection's report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analyzer.diagnosis.catalogue import Catalogue
from analyzer.diagnosis.engine import examine
from analyzer.diagnosis.examination import Broken
from analyzer.diagnosis.report import ConnectionReport, Finding, UndecidedRule, Verdict
from analyzer.diagnosis.verdict import beside, choose, fold, overall
from analyzer.model import (
    CaptureIndex,
    Case,
    Connection,
    Handshake,
    SeenRequest,
    Supplied,
    Unseen,
)
from analyzer.x509 import RequestMatch, SuppliedCertificate, match_request


class Expectations:
    """What the user told: the certificates that clients meant to use, and servers that expect one."""

    def __init__(
        self,
        certificates: Sequence[SuppliedCertificate] = (),
        servers: Sequence[str] = (),
    ) -> None:
        self.certificates = tuple(certificates)
        self._unseen = {server.lower().rstrip("."): server for server in servers}
        self._servers = frozenset(self._unseen)

    def unseen_servers(self) -> Iterator[str]:
        """Of each server that the user named and to which no connection went so far, a sentence."""
        for server in self._unseen.values():
            yield (
                f"--server {server} fits no connection: it must be the name (SNI) or the address of a server, "
                "with or without its port."
            )

    def expects_certificate(self, connection: Connection) -> bool:
        """Did the user name this server (SNI, address, or either with the port)?"""
        if not self._servers:
            return False
        address, port = connection.server.address, connection.server.port
        names = {address, f"{address}:{port}", f"[{address}]:{port}"}
        if connection.sni:
            name = connection.sni.lower().rstrip(".")
            names |= {name, f"{name}:{port}"}
        named = self._servers & names
        for server in named:
            self._unseen.pop(server, None)
        return bool(named)

    def supplied_for(self, handshake: Handshake, capture: CaptureIndex) -> Supplied | None:
        """The user's certificate held against this handshake's request; of several, the one that fits best."""
        if not self.certificates:
            return None
        held = [
            Supplied(certificate, self._match(certificate, handshake, capture)) for certificate in self.certificates
        ]
        return min(held, key=lambda supplied: len(supplied.match.obstacles) if supplied.match else 0)

    @staticmethod
    def _match(certificate: SuppliedCertificate, handshake: Handshake, capture: CaptureIndex) -> RequestMatch | None:
        request = handshake.certificate_request
        if not isinstance(request, SeenRequest):
            return None
        version = handshake.version
        return match_request(
            certificate,
            request.names,
            capture.roles,
            certificate_types=request.certificate_types,
            signature_schemes=request.signature_schemes,
            version=None if isinstance(version, Unseen) else version,
            at_ns=handshake.last_ns,
        )


class Diagnosis:
    """Applies a catalogue to connections."""

    def __init__(self, catalogue: Catalogue, expectations: Expectations) -> None:
        self._catalogue = catalogue
        self._expectations = expectations
        self.broken: dict[str, Broken] = {}
        """Rules that crashed, the first crash of each."""

    def diagnose(self, connection: Connection, capture: CaptureIndex, input_index: int) -> ConnectionReport:
        """Examine every handshake of a connection and reach its verdict."""
        expected = self._expectations.expects_certificate(connection)
        findings: list[Finding] = []
        undecided: dict[str, UndecidedRule] = {}
        verdicts: list[Verdict | None] = []
        supplied: list[Supplied | None] = []
        for handshake in connection.handshakes:
            own = self._expectations.supplied_for(handshake, capture)
            supplied.append(own)
            examination = examine(self._catalogue, Case(handshake, connection, capture, own, expected))
            folded = fold(self._catalogue, examination.findings)
            verdict = choose(folded, handshake.outcome)
            verdicts.append(verdict)
            findings.extend(beside(folded, verdict))
            for item in examination.undecided:
                undecided.setdefault(item.rule, item)
            for broken in examination.broken:
                self.broken.setdefault(broken.rule, broken)
        return ConnectionReport(
            connection=connection,
            input=input_index,
            capture=capture,
            verdict=overall(verdicts),
            findings=tuple(findings),
            undecided=tuple(undecided.values()),
            supplied=tuple(supplied) if any(supplied) else (),
        )
