"""A case that a page tells in a line becomes the :class:`Case` that a rule looks at.

Theory of operation
-------------------
What the line says is put into packets, one message each, in the order of a handshake. What it does not say is unseen,
as in a capture that does not hold it, except where it follows: an empty answer has no proof, nobody answers what
was not asked, both sides of a completed handshake sent Finished, and a fatal alert or a close tells the outcome.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from analyzer.diagnosis.diagnose import Expectations
from analyzer.diagnosis.pages import InlineCase
from analyzer.errors import CertwhyError
from analyzer.model import (
    NOT_SENT,
    AnyName,
    CaptureIndex,
    Case,
    Connection,
    ConnectionEnding,
    Endpoint,
    Handshake,
    Outcome,
    Phase,
    Reason,
    SeenAlert,
    SeenChain,
    SeenRequest,
    SeenVerify,
    Step,
    Story,
    Unseen,
    Visibility,
)
from analyzer.packets import Side
from analyzer.tls.codepoints import (
    SSL_3,
    TLS_1_0,
    TLS_1_1,
    TLS_1_2,
    TLS_1_3,
    AlertDescription,
    AlertLevel,
    ClientCertificateType,
    SignatureScheme,
    version_name,
)
from analyzer.x509 import load_chain, load_client_certificate, load_trust, name_from_text

UNSAID = Unseen(Reason.NOT_CAPTURED, "the case does not say")

_OF_THE_REQUEST = (
    "ca_names",
    "ca_list_bytes",
    "ca_list_bytes_actual",
    "request_bytes",
    "request_records",
    "certificate_types",
    "signature_schemes",
)
"""What a line can say only of a request."""

_VERSIONS = {version_name(version): version for version in (SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3)}
_SIDES = {"client": Side.CLIENT, "server": Side.SERVER}
_CLIENT, _SERVER = Endpoint("192.0.2.1", 50_000), Endpoint("192.0.2.2", 443)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

Loaded = TypeVar("Loaded")


class CaseError(Exception):
    """A case that makes no sense."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


def build_case(told: InlineCase, folder: Path) -> Case:
    """The case that a page in this folder tells.

    Raises:
        CaseError: a file of it cannot be read, a word of it is not known, or it contradicts itself.
    """
    return _Teller(told, folder).case()


class _Teller:
    """Goes through the handshake in order and numbers what was sent."""

    def __init__(self, told: InlineCase, folder: Path) -> None:
        self._told = told
        self._folder = folder
        self._at = _ns(told.at)
        self._steps: list[Step] = []
        self._closed: int | None = None
        self._outcome = _outcome(told)

    def case(self) -> Case:
        told = self._told
        handshake = self._handshake()
        connection = Connection(
            id=1,
            client=_CLIENT,
            server=_SERVER,
            carrier="tcp",
            carrier_detail="",
            sni=None,
            alpn=None,
            first_packet=1,
            last_packet=len(self._steps),
            started_ns=self._at,
            ending=ConnectionEnding(
                by=_SIDES[told.ended_by] if told.ended_by else None,
                how="fin" if told.ended_by else "capture-end",
                packet=self._closed,
                server_closed=self._closed if told.ended_by == "server" else None,
                client_closed=self._closed if told.ended_by == "client" else None,
                server_closed_ns=self._at if told.ended_by == "server" else None,
            ),
            start_captured=True,
            handshakes=(handshake,),
            malformed=(),
            missing=(),
        )
        capture = CaptureIndex()
        for certificate in self._file("trust", told.trust, load_trust) or ():
            capture.roles.learn(certificate, "trust")
        supplied = self._file("supplied", told.supplied, load_client_certificate)
        for certificate in supplied.chain if supplied else ():
            capture.roles.learn(certificate, "client-cert")
        capture.learn(1, handshake)
        expectations = Expectations((supplied,) if supplied else ())
        return Case(
            handshake, connection, capture, expectations.supplied_for(handshake, capture), told.certificate_expected
        )

    def _handshake(self) -> Handshake:
        told, completed = self._told, self._outcome is Outcome.COMPLETED
        self._say(Side.CLIENT, "ClientHello")
        self._say(Side.SERVER, "ServerHello")
        server_certificate = self._chain("server_certificate", told.server_certificate, Side.SERVER)
        request = self._request()
        answer: SeenChain | Unseen = NOT_SENT if request is NOT_SENT else UNSAID
        if told.client_certificate is not None:
            answer = self._chain("client_certificate", told.client_certificate, Side.CLIENT)
        key_exchange: int | Unseen = NOT_SENT if told.version == "TLS 1.3" else UNSAID
        if told.version != "TLS 1.3" and (completed or isinstance(answer, SeenChain)):
            key_exchange = self._say(Side.CLIENT, "ClientKeyExchange")
        verify = self._verify(answer)
        finished = [self._say(side, "Finished") if completed else UNSAID for side in (Side.CLIENT, Side.SERVER)]
        data: int | Unseen = NOT_SENT if told.server_data == "absent" else UNSAID
        if told.server_data == "sent":
            data = self._say(Side.SERVER, "application data")
        alerts = tuple(self._alert(text) for text in told.alerts)
        if told.ended_by:
            self._closed = self._say(_SIDES[told.ended_by], "FIN")
        return Handshake(
            index=0,
            phase=Phase(told.phase),
            version=UNSAID if told.version is None else _VERSIONS[told.version],
            cipher_suite=UNSAID,
            resumed=UNSAID if told.resumed is None else told.resumed,
            hello_retry=False,
            outcome=self._outcome,
            visibility=Visibility.CLEAR,
            client_hello=UNSAID,
            server_hello=UNSAID,
            server_certificate=server_certificate,
            certificate_request=request,
            client_certificate=answer,
            client_key_exchange=key_exchange,
            certificate_verify=verify,
            client_finished=finished[0],
            server_finished=finished[1],
            client_data=UNSAID,
            server_data=data,
            alerts=alerts,
            story=Story.of(self._steps, ""),
            session_id=b"",
            offered_ticket=b"",
            new_tickets=(),
            first_packet=1,
            last_packet=len(self._steps),
            started_ns=self._at,
            last_ns=self._at,
        )

    def _say(self, sender: Side, what: str) -> int:
        self._steps.append(Step(sender, what, len(self._steps) + 1, self._at))
        return len(self._steps)

    def _request(self) -> SeenRequest | Unseen:
        told = self._told
        said = [name for name in _OF_THE_REQUEST if getattr(told, name) not in (None, ())]
        answered = told.client_certificate not in (None, "unknown", "absent")
        if answered and told.requested != "unknown":
            said.append("client_certificate")
        if told.requested in ("no", "unknown"):
            if said:
                raise CaseError(said[0], f'{said[0]} makes no sense where requested is "{told.requested}"')
            return NOT_SENT if told.requested == "no" else UNSAID
        if told.requested is None and not said:
            return UNSAID
        names = tuple(map(self._name, told.ca_names))
        types = _numbers("certificate_types", ClientCertificateType, told.certificate_types)
        schemes = _numbers("signature_schemes", SignatureScheme, told.signature_schemes)
        stated = told.ca_list_bytes
        if stated is None:
            stated = sum(2 + len(name.der) for name in names)
        actual = stated if told.ca_list_bytes_actual is None else told.ca_list_bytes_actual
        whole = 4 + 1 + len(types or ()) + 2 + 2 * len(schemes or ()) + 2 + actual
        return SeenRequest(
            names=names,
            list_bytes=stated,
            list_bytes_actual=actual,
            certificate_types=types,
            signature_schemes=schemes,
            message_bytes=whole if told.request_bytes is None else told.request_bytes,
            records=1 if told.request_records is None else told.request_records,
            packet=self._say(Side.SERVER, "CertificateRequest"),
            timestamp_ns=self._at,
        )

    @staticmethod
    def _name(text: str) -> AnyName:
        try:
            return name_from_text(text)
        except ValueError:
            raise CaseError("ca_names", f'"{text}" is no name as RFC 4514 writes them: CN=Corp Root,O=Corp') from None

    def _chain(self, field: str, told: str, sender: Side) -> SeenChain | Unseen:
        """A word, or a file whose certificates were sent."""
        if told in ("absent", "unknown"):
            return NOT_SENT if told == "absent" else UNSAID
        certificates = (self._file(field, told, load_chain) or ()) if told != "empty" else ()
        size = 4 + 3 + sum(3 + len(certificate.der) for certificate in certificates)
        return SeenChain(certificates, size, self._say(sender, "Certificate"), self._at)

    def _verify(self, answer: SeenChain | Unseen) -> SeenVerify | Unseen:
        told = self._told.certificate_verify
        if told is None:
            empty = isinstance(answer, SeenChain) and answer.empty
            return NOT_SENT if empty or answer is NOT_SENT else UNSAID
        if told in ("absent", "unknown"):
            return NOT_SENT if told == "absent" else UNSAID
        valid = {"valid": True, "invalid": False}.get(told)
        return SeenVerify(None, self._say(Side.CLIENT, "CertificateVerify"), self._at, valid)

    def _alert(self, text: str) -> SeenAlert:
        sender, level, description = _alert_words(text)
        return SeenAlert(sender, level, description, self._say(sender, "alert"), self._at)

    def _file(self, field: str, path: str | None, load: Callable[[str], Loaded]) -> Loaded | None:
        if path is None:
            return None
        try:
            return load(str(self._folder / path))
        except CertwhyError as error:
            raise CaseError(field, error.sentence.rstrip(".")) from None


def _outcome(told: InlineCase) -> Outcome:
    if told.outcome is not None:
        return Outcome(told.outcome)
    for text in told.alerts:
        sender, level, _ = _alert_words(text)
        if level == AlertLevel.fatal:
            return Outcome.FAILED_BY_SERVER if sender is Side.SERVER else Outcome.FAILED_BY_CLIENT
    return Outcome.ABORTED if told.ended_by else Outcome.UNDETERMINED


def _alert_words(text: str) -> tuple[Side, int, int]:
    words = text.split()
    if len(words) != 3 or words[0] not in _SIDES or words[1] not in AlertLevel.__members__:
        raise CaseError("alerts", f'"{text}" is no alert, as "server fatal handshake_failure" is one')
    (description,) = _numbers("alerts", AlertDescription, words[2:]) or (0,)
    return _SIDES[words[0]], AlertLevel[words[1]], description


def _numbers(field: str, kind: type[enum.IntEnum], names: Iterable[str] | None) -> tuple[int, ...] | None:
    """The code points with these names."""
    if names is None:
        return None
    for name in names:
        if name not in kind.__members__:
            raise CaseError(field, f'"{name}" is no {kind.__name__}; one is {next(iter(kind.__members__))}')
    return tuple(kind[name].value for name in names)


def _ns(at: datetime.datetime | None) -> int | None:
    if at is None:
        return None
    since = (at if at.tzinfo else at.replace(tzinfo=datetime.UTC)) - _EPOCH
    return (since // datetime.timedelta(microseconds=1)) * 1000
