"""The steps and letters of a handshake, written down as they happen.

The letters are those of Zeek's ``ssl_history``: upper case for the client, lower case for the server. A whole
handshake then reads as one word. Application data and encrypted records of TLS 1.3 count once for each side.
"""

from __future__ import annotations

from analyzer.model.handshake import Step
from analyzer.packets import Side
from analyzer.tls.codepoints import ContentType, HandshakeType

MAX_STEPS = 120
MAX_LETTERS = 120

_LETTERS: dict[int, str] = {
    HandshakeType.hello_request: "H",
    HandshakeType.client_hello: "C",
    HandshakeType.server_hello: "S",
    HandshakeType.hello_verify_request: "V",
    HandshakeType.new_session_ticket: "T",
    HandshakeType.end_of_early_data: "E",
    HandshakeType.encrypted_extensions: "O",
    HandshakeType.certificate: "X",
    HandshakeType.server_key_exchange: "K",
    HandshakeType.certificate_request: "R",
    HandshakeType.server_hello_done: "N",
    HandshakeType.certificate_verify: "Y",
    HandshakeType.client_key_exchange: "G",
    HandshakeType.finished: "F",
    HandshakeType.certificate_url: "W",
    HandshakeType.certificate_status: "U",
    HandshakeType.supplemental_data: "A",
    HandshakeType.key_update: "P",
    HandshakeType.message_hash: "M",
}
_HELLO_RETRY, _CHANGE_CIPHER_SPEC, _ALERT, _DATA, _UNKNOWN = "J", "I", "L", "D", "Z"

_MESSAGE_NAMES: dict[int, str] = {
    HandshakeType.hello_request: "HelloRequest",
    HandshakeType.client_hello: "ClientHello",
    HandshakeType.server_hello: "ServerHello",
    HandshakeType.new_session_ticket: "NewSessionTicket",
    HandshakeType.encrypted_extensions: "EncryptedExtensions",
    HandshakeType.certificate: "Certificate",
    HandshakeType.server_key_exchange: "ServerKeyExchange",
    HandshakeType.certificate_request: "CertificateRequest",
    HandshakeType.server_hello_done: "ServerHelloDone",
    HandshakeType.certificate_verify: "CertificateVerify",
    HandshakeType.client_key_exchange: "ClientKeyExchange",
    HandshakeType.finished: "Finished",
    HandshakeType.certificate_url: "CertificateURL",
    HandshakeType.certificate_status: "CertificateStatus",
    HandshakeType.supplemental_data: "SupplementalData",
    HandshakeType.key_update: "KeyUpdate",
    HandshakeType.compressed_certificate: "CompressedCertificate",
}


class Story:
    """Collects steps and letters; both are bounded, for a stranger may renegotiate for ever."""

    __slots__ = ("_letters", "_seen_data", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._letters: list[str] = []
        self._seen_data = [False, False]

    @property
    def history(self) -> str:
        """The letters so far."""
        return "".join(self._letters)

    def message(
        self, sender: Side, message_type: int, packet: int, timestamp_ns: int | None, length: int, *, retry: bool
    ) -> None:
        """A handshake message that could be read."""
        letter = _HELLO_RETRY if retry else _LETTERS.get(message_type, _UNKNOWN)
        what = "HelloRetryRequest" if retry else _MESSAGE_NAMES.get(message_type, f"message {message_type}")
        self._add(sender, letter, what, packet, timestamp_ns, length)

    def change_cipher_spec(self, sender: Side, packet: int, timestamp_ns: int | None) -> None:
        """ChangeCipherSpec."""
        self._add(sender, _CHANGE_CIPHER_SPEC, "ChangeCipherSpec", packet, timestamp_ns, 1)

    def alert(self, sender: Side, packet: int, timestamp_ns: int | None, *, readable: bool) -> None:
        """An alert, in the clear or not."""
        self._add(sender, _ALERT, "alert" if readable else "encrypted alert", packet, timestamp_ns, 2)

    def finished(self, sender: Side, packet: int, timestamp_ns: int | None, length: int) -> None:
        """An encrypted Finished: a step, but no letter, for nothing of it was read."""
        self._add(sender, "", "Finished", packet, timestamp_ns, length)

    def encrypted(
        self, sender: Side, content_type: int, packet: int, timestamp_ns: int | None, length: int, *, opaque: bool
    ) -> None:
        """An encrypted record. ``opaque``: in TLS 1.3 even its type is hidden."""
        if content_type == ContentType.application_data:
            if self._seen_data[sender]:
                return
            self._seen_data[sender] = True
            what = "encrypted records" if opaque else "application data"
            self._add(sender, _DATA, what, packet, timestamp_ns, length)
        else:
            self._add(sender, "", "encrypted handshake", packet, timestamp_ns, length)

    def close(self, sender: Side, what: str, packet: int) -> None:
        """FIN or RST."""
        self._add(sender, "", what, packet, None, 0)

    def gap(self, sender: Side, packet: int, length: int) -> None:
        """Bytes that are not in the capture."""
        self._add(sender, "", "gap", packet, None, length)

    def _add(self, sender: Side, letter: str, what: str, packet: int, timestamp_ns: int | None, length: int) -> None:
        if len(self.steps) < MAX_STEPS:
            self.steps.append(Step(sender, what, packet, timestamp_ns, length))
        if letter and len(self._letters) < MAX_LETTERS:
            self._letters.append(letter if sender is Side.CLIENT else letter.lower())
