"""When the key log of one end would help: it opens an encrypted login.

One end is enough, whichever is easier to reach, and it has to log while the login is captured: secrets are never
written afterwards. Where a stack writes none, the other end's log does as well, or the login is repeated over TLS 1.2,
which shows the client's certificate in the clear.
"""

from __future__ import annotations

from collections.abc import Sequence

from analyzer.diagnosis.key_log_ways import HOW, Way
from analyzer.model import Connection, Handshake, Reason, SeenRequest, Unseen, Visibility


def hides_the_login(handshake: Handshake) -> bool:
    """Is it the encryption that keeps the request or the client's answer from being seen, and would keys help?

    A key log names each connection by the random of its ClientHello: without that nothing can be looked up.
    """
    if handshake.visibility is Visibility.DECRYPTED or isinstance(handshake.client_hello, Unseen):
        return False
    facts = (handshake.certificate_request, handshake.client_certificate)
    return any(isinstance(fact, Unseen) and fact.why is Reason.ENCRYPTED for fact in facts)


def wanted(connection: Connection) -> Sequence[Way]:
    """The ways to get a key log, for a connection that one would open; none for others."""
    hidden = any(hides_the_login(handshake) or handshake.went_on for handshake in connection.handshakes)
    seen = any(isinstance(handshake.certificate_request, SeenRequest) for handshake in connection.handshakes)
    return HOW if hidden and not seen else ()
