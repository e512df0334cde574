"""What the rest of the capture knows: certificates by subject, sessions by id or ticket. Bounded, read-only.

A rule sees one handshake; some questions need the others. "Is this listed name a root?" is answered by any
chain seen anywhere in the capture; "was there a client certificate in the session that this one resumes?" by
the handshake that created it.
"""

from __future__ import annotations

from collections import OrderedDict

from analyzer.model.elsewhere import OriginalSession
from analyzer.model.handshake import AnyCertificate, AnyName, Handshake, SeenChain, SeenRequest
from analyzer.model.meetings import Meetings
from analyzer.model.observed import Unseen
from analyzer.x509 import CertificateInfo, RevocationList, Role, RoleIndex

MAX_SESSIONS = 16_384


def certificate_status(chain: SeenChain | Unseen) -> str:
    """``sent``, ``empty``, ``absent`` or ``unknown``."""
    if isinstance(chain, Unseen):
        return "absent" if chain.absent else "unknown"
    return "empty" if chain.empty else "sent"


def request_status(request: SeenRequest | Unseen) -> bool | None:
    """Asked, seen not to have asked, or not visible."""
    if isinstance(request, Unseen):
        return False if request.absent else None
    return True


class CaptureIndex:
    """Facts of the whole capture, as far as it has been read."""

    def __init__(self, roles: RoleIndex | None = None, revocation_lists: tuple[RevocationList, ...] = ()) -> None:
        self.roles = RoleIndex() if roles is None else roles
        self.revocation_lists = revocation_lists
        """What the user gave with ``--crl``."""
        self.meetings = Meetings()
        self._latest_chains: list[tuple[AnyCertificate, ...]] = [(), ()]
        self._sessions: OrderedDict[bytes, OriginalSession] = OrderedDict()

    def role(self, name: AnyName) -> Role:
        """Is this the name of a root, an intermediate, an end entity, and how do we know?"""
        return self.roles.classify(name)

    def certificates_for(self, name: AnyName) -> tuple[CertificateInfo, ...]:
        """Certificates with that subject, seen anywhere or given by the user."""
        return self.roles.certificates_for(name)

    def is_trusted(self, certificate: CertificateInfo) -> bool:
        """The user gave it with ``--trust``."""
        return self.roles.origin_of(certificate) == "trust"

    def original_session(self, handshake: Handshake) -> OriginalSession | None:
        """The handshake whose session this one resumes, if the capture holds it."""
        for name in (handshake.offered_ticket, handshake.session_id):
            found = self._sessions.get(name) if name else None
            if found is not None:
                return found
        return None

    def learn(self, connection_id: int, handshake: Handshake) -> None:
        """Add what a finished handshake shows."""
        self._learn_chain(handshake.server_certificate, server=True)
        self._learn_chain(handshake.client_certificate, server=False)
        if handshake.resumed is True:
            self._inherit(handshake)
            return
        original = _original(connection_id, handshake)
        for name in (handshake.session_id, *handshake.new_tickets):
            if name and (handshake.resumed is False or name not in self._sessions):
                self._remember(name, original)

    def _learn_chain(self, chain: SeenChain | Unseen, *, server: bool) -> None:
        if isinstance(chain, SeenChain) and self._is_new(chain.certificates, server=server):
            for certificate in chain.readable:
                self.roles.learn(certificate, "server-chain" if server else "client-chain")

    def _is_new(self, certificates: tuple[AnyCertificate, ...], *, server: bool) -> bool:
        """Most connections send a chain that has been learnt, and it then is the same value."""
        latest = self._latest_chains[server]
        if latest is certificates:
            return False
        self._latest_chains[server] = certificates
        return True

    def _inherit(self, handshake: Handshake) -> None:
        """A resumed handshake may hand out new tickets for the same old session."""
        original = self.original_session(handshake)
        if original is not None:
            for name in handshake.new_tickets:
                self._remember(name, original)

    def _remember(self, name: bytes, original: OriginalSession) -> None:
        self._sessions[name] = original
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)


def _original(connection_id: int, handshake: Handshake) -> OriginalSession:
    request, answer = handshake.certificate_request, handshake.client_certificate
    seen = next((fact for fact in (answer, request) if not isinstance(fact, Unseen)), None)
    leaf = None if isinstance(answer, Unseen) else answer.leaf
    return OriginalSession(
        connection_id,
        request_status(request),
        certificate_status(answer),
        handshake.first_packet if seen is None else seen.packet,
        leaf.subject.text if leaf else "",
    )
