"""The two encrypted flights of a TLS 1.3 handshake, recognised by the lengths of their records.

Theory of operation
-------------------
RFC 8446 section 2 fixes the order: EncryptedExtensions, CertificateRequest (if the server asks), Certificate,
CertificateVerify, Finished; then the client's Certificate (if asked), CertificateVerify (if that was not empty),
Finished. Two of them have lengths that give them away: the Finished (the hash of the cipher suite) and the
CertificateVerify (the key's kind). Where a stack sends one record per message (OpenSSL, Go, GnuTLS, Java, mbedTLS),
counting up to the Finished tells whether the server asked. NSS, BoringSSL and rustls put several messages into one
record; then only a client's flight without a certificate is still recognised.

The client's first record after the server's Finished is always a Certificate, a Finished or an alert, whatever comes
later: application data needs the Finished before it.

A message that fills a record goes on in the next, so that full records are joined with what follows. A client may
ask for smaller ones (RFC 8449, RFC 6066 section 4), which cannot be seen here; but a fragment that is not the last
is as long as any record of the flight, and this is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

import msgspec

from analyzer.model.inferred import Records
from analyzer.model.record_sizes import (
    ALERT,
    EMPTY_CERTIFICATE,
    FULL_RECORD,
    SMALLEST_CERTIFICATE,
    SMALLEST_REQUEST,
    Padding,
    Sizes,
    keys_of_record,
)
from analyzer.tls.codepoints import TLS_1_3
from analyzer.tls.events import EncryptedRecordReceived

MAX_EXTENSIONS = 1024
"""EncryptedExtensions longer than that are taken for several messages in one record."""
USUAL_EXTENSIONS = 64
"""Longer ones may have swallowed a small CertificateRequest."""
SMALLEST_SERVER_CERTIFICATE = 100
SMALLEST_VERIFY = 72
LONGEST_ALERT_RUN = 2
PADDING_BLOCK = 64
"""A lone record whose inside fills blocks of that many bytes may be padded; OpenSSL's block padding is opt-in."""


class Piece(msgspec.Struct, frozen=True):
    """A record, or full records and the one that ends their message."""

    records: tuple[EncryptedRecordReceived, ...]

    @property
    def length(self) -> int:
        """Bytes of all its records."""
        return sum(record.length for record in self.records)

    @property
    def packet(self) -> int:
        """The last of its packets."""
        return self.records[-1].packet

    def content(self, sizes: Sizes) -> int:
        """The most bytes that can be inside."""
        return sum(sizes.most(record.length) for record in self.records)


def join_full(records: Records) -> list[Piece]:
    """Join full records with what follows them."""
    pieces: list[Piece] = []
    open_piece: list[EncryptedRecordReceived] = []
    for record in records:
        open_piece.append(record)
        if record.length < FULL_RECORD:
            pieces.append(Piece(tuple(open_piece)))
            open_piece = []
    if open_piece:
        pieces.append(Piece(tuple(open_piece)))
    return pieces


def fitting_forms(records: Records, forms: Sequence[Sizes]) -> Sequence[Sizes]:
    """Without mbedTLS's padding, unless every record of the side shows it, and no coarser one (OpenSSL's is opt-in)."""
    return tuple(
        sizes
        for sizes in forms
        if sizes.padding is not Padding.TO_16 or gcd(*(record.length - sizes.tag for record in records)) == 16
    )


class ServerFlight(msgspec.Struct, frozen=True):
    """A server's flight of one record per message."""

    sizes: Sizes
    pieces: tuple[Piece, ...]
    certain_alone: bool
    """No other reading fits, even without the client's answer."""

    @property
    def asked(self) -> bool:
        """A CertificateRequest is among them."""
        return len(self.pieces) == 5

    @property
    def packets(self) -> tuple[int, ...]:
        """Of the record that is the request, or of all that leave no room for one."""
        return (self.pieces[1].packet,) if self.asked else tuple(sorted({piece.packet for piece in self.pieces}))

    @property
    def why(self) -> str:
        """What was counted."""
        lengths = ", ".join(str(piece.length) for piece in self.pieces)
        finished = self.sizes.sum(self.sizes.finished)
        if not self.asked:
            return (
                f"the server's flight is 4 records ({lengths}), the last {finished}: EncryptedExtensions, Certificate, "
                "CertificateVerify and Finished leave no room for a CertificateRequest"
            )
        request = self.pieces[1].content(self.sizes)
        names = max(request - SMALLEST_REQUEST - 6, 0)
        return (
            f"the server's flight is 5 records ({lengths}), the last {finished}, the Finished: the second is a "
            f"CertificateRequest of {'at most ' if self.sizes.padding is Padding.TO_16 else ''}{request} bytes, "
            f"in which the CA names take at most {names}"
        )


def read_server_flight(records: Records, forms: Sequence[Sizes]) -> ServerFlight | None:
    """The server's flight, where it sends one record per message and its Finished closes a fitting sequence."""
    pieces = join_full(records)
    for sizes in fitting_forms(records, forms):
        for count in (4, 5):
            flight = tuple(pieces[:count])
            if len(flight) == count and _fits_server(flight, sizes):
                return ServerFlight(sizes, flight, _certain_alone(flight, sizes))
    return None


def _fits_server(flight: Sequence[Piece], sizes: Sizes) -> bool:
    extensions, certificate, verify, finished = flight[0], flight[-3], flight[-2], flight[-1]
    return (
        finished.length == sizes.record(sizes.finished)
        and len(verify.records) == 1
        and bool(keys_of_record(sizes, TLS_1_3, verify.length))
        and sizes.record(6) <= extensions.length <= sizes.record(MAX_EXTENSIONS)
        and certificate.length >= sizes.record(SMALLEST_SERVER_CERTIFICATE)
        and (len(flight) == 4 or flight[1].length >= sizes.record(SMALLEST_REQUEST))
    )


def _certain_alone(flight: Sequence[Piece], sizes: Sizes) -> bool:
    if len(flight) == 4:
        return flight[0].length <= sizes.record(USUAL_EXTENSIONS)
    # a fragment of the Certificate would be as long as the longest record
    second = max(record.length for record in flight[1].records)
    return second < max(record.length for piece in flight for record in piece.records)


class ClientFlight(msgspec.Struct, frozen=True):
    """How the client answered the server's flight."""

    answer: str
    """``sent``, ``empty`` or ``absent``."""
    why: str
    packets: tuple[int, ...]
    exact: bool
    """Each record has the very length of its message; otherwise only its length speaks for a certificate."""
    sizes: Sizes | None = None
    finished: EncryptedRecordReceived | None = None
    """The record that holds the Finished; None where the client never came so far."""
    rest: tuple[EncryptedRecordReceived, ...] = ()
    """The client's records after it."""
    verify: Piece | None = None
    """The CertificateVerify, where it has a record of its own."""
    verify_missing: bool = False
    """There is a Certificate and a Finished, and no record between them."""
    maybe_padded: bool = False


def read_client_flight(records: Records, forms: Sequence[Sizes]) -> ClientFlight | None:
    """The client's flight; None where it has none of the known shapes."""
    pieces = join_full(records)
    forms = fitting_forms(records, forms)
    for sizes in forms:
        found = _finished_alone(pieces, sizes) or _empty(pieces, sizes) or _sent(pieces, sizes)
        if found is not None:
            return found
    plain = forms[0]
    return _only_alerts(pieces, forms) or _verify_missing(pieces, plain) or _sent_in_one(pieces, plain)


def _rest(pieces: Sequence[Piece]) -> tuple[EncryptedRecordReceived, ...]:
    return tuple(record for piece in pieces for record in piece.records)


def _finished_alone(pieces: Sequence[Piece], sizes: Sizes) -> ClientFlight | None:
    if not pieces or pieces[0].length != sizes.record(sizes.finished):
        return None
    why = f"the client's first record is {sizes.sum(sizes.finished)}: a Finished, and no Certificate before it"
    finished = pieces[0].records[0]
    return ClientFlight("absent", why, (finished.packet,), True, sizes, finished, _rest(pieces[1:]))


def _empty(pieces: Sequence[Piece], sizes: Sizes, context: int = 0) -> ClientFlight | None:
    """An empty Certificate and the Finished, in two records or in one."""
    empty, finished = EMPTY_CERTIFICATE + context, sizes.finished
    lengths = [piece.length for piece in pieces[:2]]
    if lengths == [sizes.record(empty), sizes.record(finished)]:
        why = f"{sizes.sum(empty)}: an empty Certificate, then {sizes.sum(finished)}: the Finished"
        last = 1
    elif lengths and sizes.padding is Padding.NONE and lengths[0] == sizes.record(empty + finished):
        why = f"{sizes.sum(empty, finished)}: an empty Certificate and the Finished in one record"
        last = 0
    else:
        return None
    return ClientFlight(
        "empty", why, (pieces[0].packet,), True, sizes, pieces[last].records[0], _rest(pieces[last + 1 :])
    )


def _sent(pieces: Sequence[Piece], sizes: Sizes, smallest: int = SMALLEST_CERTIFICATE) -> ClientFlight | None:
    """Certificate, CertificateVerify and Finished in a record each."""
    if len(pieces) < 3:
        return None
    certificate, verify, finished = pieces[:3]
    if (
        finished.length != sizes.record(sizes.finished)
        or len(verify.records) > 1
        or not keys_of_record(sizes, TLS_1_3, verify.length)
        or certificate.length < sizes.record(smallest)
    ):
        return None
    signed = min(keys_of_record(sizes, TLS_1_3, verify.length).values())
    bound = "" if sizes.padding is not Padding.TO_16 else "at most "
    why = (
        f"{certificate.length}: a Certificate of {bound}{certificate.content(sizes)} bytes, {sizes.sum(signed)}: "
        f"a CertificateVerify, then {sizes.sum(sizes.finished)}: the Finished"
    )
    return ClientFlight(
        "sent", why, (certificate.packet,), True, sizes, finished.records[0], _rest(pieces[3:]), verify=verify
    )


def _only_alerts(pieces: Sequence[Piece], forms: Sequence[Sizes]) -> ClientFlight | None:
    """The client gave up: an alert is all it sent under the handshake keys."""
    if not pieces or len(pieces) > LONGEST_ALERT_RUN:
        return None
    for sizes in forms:
        if all(piece.length == sizes.record(ALERT) for piece in pieces):
            why = f"all that the client sent encrypted is {sizes.sum(ALERT)}: an alert"
            return ClientFlight("absent", why, (pieces[0].packet,), True, sizes)
    return None


def _verify_missing(pieces: Sequence[Piece], sizes: Sizes) -> ClientFlight | None:
    """A certificate and the Finished with nothing between, unless both messages are in the first record."""
    if len(pieces) < 2 or pieces[1].length != sizes.record(sizes.finished):
        return None
    if pieces[0].length < sizes.record(SMALLEST_CERTIFICATE):
        return None
    why = (
        f"{pieces[0].length} is too long for an empty Certificate ({sizes.sum(EMPTY_CERTIFICATE)}); "
        f"{sizes.sum(sizes.finished)} follows, a Finished"
    )
    finished = pieces[1].records[0]
    return ClientFlight(
        "sent", why, (pieces[0].packet,), False, sizes, finished, _rest(pieces[2:]), verify_missing=True
    )


def _sent_in_one(pieces: Sequence[Piece], sizes: Sizes) -> ClientFlight | None:
    """Certificate, CertificateVerify and Finished in one record: it is only known what this cannot be."""
    if not pieces or pieces[0].length < sizes.record(SMALLEST_CERTIFICATE + SMALLEST_VERIFY + sizes.finished):
        return None
    first = pieces[0]
    why = (
        f"the client's first record, {first.length}, is too long for a Finished ({sizes.sum(sizes.finished)}) and for "
        f"an empty Certificate with it ({sizes.sum(EMPTY_CERTIFICATE, sizes.finished)})"
    )
    if len(pieces) > 1 and pieces[1].length == first.length:
        return None  # two messages of whatever length, padded to the same
    padded = (first.length - sizes.tag) % PADDING_BLOCK == 0
    return ClientFlight(
        "sent", why, (first.packet,), False, sizes, first.records[-1], _rest(pieces[1:]), maybe_padded=padded
    )


CONTEXT_BYTES = 32
"""certificate_request_context of OpenSSL's late requests; the main handshake's is empty (RFC 8446 section 4.3.2)."""
SMALLEST_LATE_CERTIFICATE = 200
"""An X.509 chain: application data of such lengths must not be taken for less."""


def read_late_flight(records: Records, sizes: Sizes) -> ClientFlight | None:
    """The answer to a post-handshake request, at the head of these records (RFC 8446 section 4.6.2)."""
    pieces = join_full(records)
    return _sent(pieces, sizes, SMALLEST_LATE_CERTIFICATE) or _empty(pieces[:2], sizes, CONTEXT_BYTES)
