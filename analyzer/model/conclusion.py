"""From what was collected to a finished handshake, fact by fact.

Whether a message was not sent or could not be seen is judged in :mod:`analyzer.model.sight`, how the handshake ended in
:mod:`analyzer.model.outcome`.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from analyzer.carriers.detection import starts_with_hello
from analyzer.model.application import connect_target, host_of, read_application
from analyzer.model.checked import ProofChecked, SeenEvent
from analyzer.model.collector import Collector, session_name
from analyzer.model.handshake import (
    ConnectionEnding,
    Controls,
    Handshake,
    NotTls,
    SeenChain,
    SeenRequest,
    SeenServerHello,
    SeenVerify,
)
from analyzer.model.inference import infer_tls12, infer_tls13
from analyzer.model.inferred import NOTHING, Flight, Inference
from analyzer.model.observed import NOT_SENT, Phase, Reason, Unseen, Visibility
from analyzer.model.outcome import End
from analyzer.model.proof import check_server_proof
from analyzer.model.sight import SideView, Sight
from analyzer.model.story import Step, Story
from analyzer.packets import CLIENT, SERVER
from analyzer.tls.codepoints import SSL_3, HandshakeType
from analyzer.tls.events import EncryptedRecordReceived


class Conclusion:
    """Judges one collected handshake."""

    def __init__(
        self,
        phase: Phase,
        events: Sequence[SeenEvent],
        views: tuple[SideView, SideView],
        ending: ConnectionEnding,
        *,
        last: bool,
        before: Handshake | None = None,
        check_all: bool = False,
    ) -> None:
        self._events = events
        self._seen = Collector(phase).collect(events)
        self._ending = ending
        self._last = last
        """Nothing follows on this connection: its end is this handshake's end."""
        seen = self._seen
        self._check_all = check_all
        self._before = before
        """The main handshake of the connection, where this is a later one."""
        self._main = before if phase is Phase.POST_HANDSHAKE else None
        """The same, for post-handshake authentication, which has no hellos of its own."""
        if before is not None and seen.version is None and not isinstance(before.version, Unseen):
            seen.version = before.version
        self._sight = Sight(seen, views, last=last, before=before)
        self._end = End(
            seen,
            ending,
            closed=self._sight.closed,
            hidden=self._sight.hidden(),
            last=last,
            post_handshake=self._main is not None,
        )

    @property
    def not_tls(self) -> NotTls | None:
        """What the server sent in place of its first record."""
        return self._seen.not_tls[SERVER]

    def handshake(self, index: int) -> Handshake:
        """The finished value."""
        seen, events = self._seen, self._events
        before = self._before
        request = self._certificate_request()
        client_certificate = self._client_certificate(request)
        server_hello = self._server_hello()
        version: int | Unseen
        suite: int | Unseen
        if not isinstance(server_hello, Unseen):
            version, suite = server_hello.message.version, server_hello.message.cipher_suite
        elif before is not None:
            version, suite = before.version, before.cipher_suite
        else:
            version = suite = server_hello
        controls = self._controls()
        inferred = self._inferred()
        packets = [event.packet for event in events]
        times = [event.timestamp_ns for event in events if event.timestamp_ns is not None]
        return Handshake(
            index=index,
            phase=seen.phase,
            version=version,
            cipher_suite=suite,
            resumed=self._resumed(),
            hello_retry=seen.hello_retry,
            outcome=self._end.outcome(),
            visibility=self._visibility(inferred),
            client_hello=NOT_SENT
            if self._main is not None
            else self._sight.or_absent(CLIENT, seen.client_hello, HandshakeType.client_hello, False),
            server_hello=server_hello,
            server_certificate=self._server_certificate(),
            certificate_request=request,
            client_certificate=client_certificate,
            client_key_exchange=self._sight.or_absent(
                CLIENT,
                seen.client_key_exchange or None,
                HandshakeType.client_key_exchange,
                self._sight.client_passed(),
            ),
            certificate_verify=self._certificate_verify(client_certificate, controls),
            client_finished=self._sight.after(CLIENT, seen.finished[CLIENT]),
            server_finished=self._sight.after(SERVER, seen.finished[SERVER]),
            client_data=self._sight.data(CLIENT),
            server_data=self._sight.data(SERVER),
            alerts=self._end.alerts,
            story=Story(events, self._closes()),
            session_id=self._session_id(),
            offered_ticket=self._offered_ticket(),
            new_tickets=tuple(seen.new_tickets),
            ticket_lifetimes=tuple(seen.ticket_lifetimes),
            first_packet=min(packets, default=0),
            last_packet=max(packets, default=0),
            started_ns=min(times, default=None),
            last_ns=max(times, default=None),
            went_on=seen.went_on,
            alpn=seen.alpn[0] if seen.alpn else None,
            inferred=inferred,
            controls=controls,
            application=read_application(seen.application),
            certificate_begun=seen.certificate_begun,
            tls_inside=bool(seen.client_begins) and self._tls_inside(),
            tunnel_to=connect_target(seen.client_begins) if seen.client_begins else None,
            host=host_of(seen.client_begins) if seen.client_begins else None,
        )

    def _tls_inside(self) -> bool:
        """Another TLS inside, to which the server has no answer of that kind; nothing of the client's is missing."""
        seen = self._seen
        if seen.lost_place[CLIENT] or seen.lost_after[CLIENT]:
            return False
        answered = bool(seen.application) and starts_with_hello(seen.application[0][0], 2) is True
        return starts_with_hello(seen.client_begins, 1) is True and not answered

    def _server_hello(self) -> SeenServerHello | Unseen:
        if self._main is not None:
            return NOT_SENT
        return self._sight.or_absent(
            SERVER, self._seen.server_hello, HandshakeType.server_hello, self._sight.server_passed()
        )

    def _server_certificate(self) -> SeenChain | Unseen:
        seen = self._seen
        if self._main is not None:
            return NOT_SENT
        if self._sight.closed[SERVER] and seen.certificates[SERVER] is None:
            return NOT_SENT if self._resumed() is True else self._sight.encrypted_part(SERVER)
        passed = self._sight.server_passed() or bool(seen.server_key_exchange)
        return self._sight.or_absent(
            SERVER,
            seen.certificates[SERVER],
            HandshakeType.certificate,
            passed,
            whole=seen.whole_flight[SERVER],
        )

    def _certificate_request(self) -> SeenRequest | Unseen:
        seen = self._seen
        if seen.request is None and self._sight.closed[SERVER]:
            # a PSK handshake must not ask (RFC 8446 section 4.3.2)
            return NOT_SENT if self._resumed() is True else self._sight.encrypted_part(SERVER)
        return self._sight.or_absent(
            SERVER,
            seen.request,
            HandshakeType.certificate_request,
            self._sight.server_passed(),
            whole=seen.whole_flight[SERVER],
        )

    def _client_certificate(self, request: SeenRequest | Unseen) -> SeenChain | Unseen:
        seen = self._seen
        chain = seen.certificates[CLIENT] or self._ssl3_answer()
        if chain is None and self._sight.closed[CLIENT]:
            return NOT_SENT if isinstance(request, Unseen) and request.absent else self._sight.encrypted_part(CLIENT)
        if chain is None and seen.certificate_begun is not None:
            return Unseen(Reason.NOT_CAPTURED, "it was begun, and its end never came")
        passed = bool(seen.client_key_exchange) or self._sight.client_passed()
        found = self._sight.or_absent(CLIENT, chain, HandshakeType.certificate, passed, whole=seen.whole_flight[CLIENT])
        if (
            isinstance(found, Unseen)
            and found.why is Reason.NOT_CAPTURED
            and (CLIENT, int(HandshakeType.certificate)) not in seen.lost_types
            and isinstance(request, Unseen)
            and request.absent
        ):
            return NOT_SENT  # a client must not send one unasked (RFC 5246 section 7.4.6)
        return found

    def _ssl3_answer(self) -> SeenChain | None:
        """The client's warning no_certificate, where SSL 3.0 was negotiated or is all that it can have been."""
        seen = self._seen
        hello = seen.client_hello
        version = seen.version or (max(hello.message.offered_versions, default=0) if hello else 0)
        return seen.no_certificate if version == SSL_3 else None

    def _certificate_verify(self, chain: SeenChain | Unseen, controls: Controls) -> SeenVerify | Unseen:
        seen = self._seen
        if seen.client_verify is not None and seen.proof is not None:
            return self._checked(seen.client_verify, seen.proof, controls)
        if seen.client_verify is None:
            if isinstance(chain, Unseen) and chain.absent:
                return NOT_SENT
            if isinstance(chain, SeenChain) and chain.empty:
                return NOT_SENT
            if self._sight.closed[CLIENT]:
                return self._sight.encrypted_part(CLIENT)
        return self._sight.or_absent(
            CLIENT, seen.client_verify, HandshakeType.certificate_verify, self._sight.client_passed()
        )

    def _checked(self, verify: SeenVerify, proof: ProofChecked, controls: Controls) -> SeenVerify:
        """With the answer of the verification, unless a control says that our own view is wrong."""
        if proof.valid is False and controls.failed:
            return verify
        return msgspec.structs.replace(verify, valid=proof.valid, fault=proof.fault)

    def _controls(self) -> Controls:
        seen = self._seen
        proof = seen.proof
        needed = proof is not None and (proof.valid is False or proof.key_exchange_control is not None)
        return Controls(
            proof.key_exchange_control if proof is not None else None,
            check_server_proof(self._events) if self._sight.tls13 and (needed or self._check_all) else None,
            seen.finished_valid[CLIENT],
            seen.finished_valid[SERVER],
        )

    def _resumed(self) -> bool | Unseen:
        """Was an earlier session taken up again? (RFC 5246 section 7.3, RFC 8446 section 2.2)"""
        seen = self._seen
        if self._main is not None:
            return False
        if seen.server_hello is None:
            return self._sight.or_absent(SERVER, None, HandshakeType.server_hello, self._sight.server_passed())
        hello = seen.server_hello.message
        if self._sight.tls13:
            return hello.extensions.pre_shared_key is not None
        if seen.certificates[SERVER] or seen.request or seen.server_hello_done or seen.server_key_exchange:
            return False
        if seen.change_cipher_spec[SERVER] and not seen.lost_place[SERVER]:
            return True
        return self._sight.absence(SERVER, False)

    def _inferred(self) -> Inference | None:
        """What the sizes and the order of the encrypted records tell, where they could not be read."""
        seen = self._seen
        if seen.protected or seen.server_hello is None or not (any(self._sight.closed) or seen.went_on):
            return None
        answer, hello = seen.server_hello.message, seen.client_hello
        offered = None if hello is None else hello.message.extensions
        resumed = self._resumed()
        flight = Flight(
            version=answer.version,
            cipher_suite=answer.cipher_suite,
            records=tuple(event for event in self._events if isinstance(event, EncryptedRecordReceived)),
            ended=self._ending,
            whole=(self._sight.is_whole(CLIENT), self._sight.is_whole(SERVER)),
            resumed=None if isinstance(resumed, Unseen) else resumed,
            post_handshake_auth=None if offered is None else bool(offered.post_handshake_auth),
            hello_retry=seen.hello_retry,
            early_data=offered is not None and bool(offered.early_data),
        )
        found = infer_tls13(flight) if self._sight.tls13 else infer_tls12(flight)
        return found if found != NOTHING else None

    def _visibility(self, inferred: Inference | None) -> Visibility:
        seen = self._seen
        if seen.protected:
            return Visibility.DECRYPTED
        if self._sight.tls13:
            return Visibility.INFERRED if inferred is not None else Visibility.ENCRYPTED
        if seen.client_hello or seen.server_hello or seen.certificates[0] or seen.certificates[1]:
            return Visibility.CLEAR
        return Visibility.ENCRYPTED

    # -- the rest

    def _session_id(self) -> bytes:
        """The session's name; in TLS 1.3 the field is a mere echo (RFC 8446 section 4.1.3)."""
        hello = self._seen.server_hello
        return b"" if hello is None or self._sight.tls13 else session_name(hello.message.session_id)

    def _offered_ticket(self) -> bytes:
        hello = self._seen.client_hello
        if hello is None:
            return b""
        extensions = hello.message.extensions
        identities = extensions.pre_shared_key
        return session_name(extensions.session_ticket or (identities[0] if identities else b""))

    def _closes(self) -> list[Step]:
        if not self._last:
            return []
        return [
            Step(side, "RST" if self._ending.reset_by is side else "FIN", packet, at_ns)
            for side, packet, at_ns in (
                (CLIENT, self._ending.client_closed, self._ending.client_closed_ns),
                (SERVER, self._ending.server_closed, self._ending.server_closed_ns),
            )
            if packet is not None
        ]
