"""What goes into an inference from encrypted records, and what comes out of it.

Nothing here is ever proved: sizes say what fits, not what is. A value comes with the arithmetic that led to it, and
with the other readings that fit as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from analyzer.model.handshake import ConnectionEnding
from analyzer.model.observed import Confidence
from analyzer.packets import Side
from analyzer.tls.events import EncryptedRecordReceived

Records = Sequence[EncryptedRecordReceived]


class Flight(msgspec.Struct, frozen=True):
    """What is in the clear around the encrypted records of one connection, and these records.

    Of a connection none of whose records were opened by keys: what was opened is not told here, and would look as if
    it had not been sent.
    """

    version: int
    cipher_suite: int
    records: tuple[EncryptedRecordReceived, ...]
    """Of both sides, in the order of the bytes."""
    ended: ConnectionEnding
    whole: tuple[bool, bool]
    """For each side: its records are here from the first one, and none is missing."""
    resumed: bool | None
    post_handshake_auth: bool | None
    """The client offered post-handshake authentication (RFC 8446 section 4.2.6)."""
    hello_retry: bool = False
    early_data: bool = False
    """The client offered early data (RFC 8446 section 4.2.10)."""

    def of(self, side: Side) -> list[EncryptedRecordReceived]:
        """The records of one side."""
        return [record for record in self.records if record.sender is side]


class Inferred(msgspec.Struct, frozen=True):
    """A value that sizes and order suggest."""

    value: bool | str
    confidence: Confidence
    """POSSIBLE or LIKELY, never PROVED."""
    why: str
    """The arithmetic in plain words."""
    alternatives: tuple[str, ...] = ()
    """Other readings that fit as well."""
    packets: tuple[int, ...] = ()

    def at_most(self, confidence: Confidence) -> Inferred:
        """The same, no surer than that."""
        return msgspec.structs.replace(self, confidence=min(self.confidence, confidence))


class Inference(msgspec.Struct, frozen=True):
    """What the records of a handshake tell of the client's authentication; None where nothing can be said."""

    requested: Inferred | None = None
    """True or False: the server asked for a certificate."""
    client_certificate: Inferred | None = None
    """``sent``, ``empty`` or ``absent``."""
    certificate_verify: Inferred | None = None
    """True or False."""
    client_key: Inferred | None = None
    """Of the key that signed: ``RSA 2048``, ``EC P-256``, ``Ed25519`` ..."""
    refused: Inferred | None = None
    """True: the server sent an encrypted alert after the client's flight. False: it went on."""
    dropped: Inferred | None = None
    """True: the server closed right after the client's flight, without another record of its own."""
    client_refused: Inferred | None = None
    """True: the client answered a HelloRequest or the server's hello with an encrypted alert."""
    server_broke_off: Inferred | None = None
    """True: the server ended its own flight with an alert, before it sent a Certificate."""
    late_request: Inferred | None = None
    """``renegotiation`` or ``post-handshake``: another handshake followed on the connection. Whether it asked for a
    certificate is ``requested``: here for a renegotiation, whose first handshake is in the clear, and in ``late`` for
    post-handshake authentication."""
    renegotiation_refused: Inferred | None = None
    """``client`` or ``server``: the second handshake that the other side began, and that side would not have."""
    late: Inference | None = None
    """The post-handshake authentication, where there was one; the fields above speak of the main handshake."""
    padding: str | None = None
    """How the sides pad their records, where they do."""

    @property
    def shows_failure(self) -> bool:
        """One side ended something that the other one wanted, as far as the records tell."""
        refused = self.refused is not None and self.refused.value is True
        ended = (self.dropped, self.client_refused, self.server_broke_off, self.renegotiation_refused)
        return refused or any(guess is not None for guess in ended)

    @property
    def packets(self) -> dict[str, tuple[int, ...]]:
        """For each field that has a value, the packets that show it."""
        return {name: value.packets for name, value in self.inferences()}

    def inferences(self) -> Iterator[tuple[str, Inferred]]:
        """The fields that have a value, with their names."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, Inferred):
                yield name, value


NOTHING = Inference()
