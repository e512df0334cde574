"""The table of recordings in which time or the network is the reason: somebody thinks, waits, or gets no packet."""

from __future__ import annotations

from . import clients, servers
from .network import SERVER
from .scenarios import Scenario, empty, failure, good, login
from .truth import Expect

_LARGE = "-m length --length 1000:"
"""What a tunnel with a small MTU does not carry; the message that should say so does not come back either."""
_OCSP = (
    "SSLOCSPEnable on\n  SSLOCSPDefaultResponder http://192.0.2.1:8888/\n  SSLOCSPOverrideResponder on\n"
    "  SSLOCSPResponderTimeout {seconds}"
)


def _without(*rules: str) -> tuple[str, ...]:
    return tuple(f"iptables -A {rule}" for rule in rules)


TIMED: tuple[Scenario, ...] = (
    login(
        "prompt-dismissed-go-openssl",
        "The client thinks for four seconds, as a person does before a prompt, and answers with no certificate.",
        clients.go(None, options="-ponder 4s"),
        servers.openssl(),
        empty("empty-answer-came-late", never=("server-gave-up-waiting",)),
        "failed_by_server",
    ),
    login(
        "prompt-answered-go-openssl",
        "The client thinks for four seconds and then gives its certificate.",
        clients.go(options="-ponder 4s"),
        servers.openssl(),
        good("empty-answer-came-late", "server-gave-up-waiting", "server-slow-over-client-certificate"),
        "completed",
    ),
    login(
        "tls13-prompt-dismissed-go-nginx-optional",
        "The same in TLS 1.3 to a server that goes on without a certificate.",
        clients.go(None, high="1.3", options="-ponder 4s"),
        servers.nginx(verify="optional", protocols="TLSv1.3"),
        empty("empty-answer-came-late", accepted=True),
        "completed",
        key_log="client",
    ),
    login(
        "prompt-too-long-go-haproxy",
        "The client thinks for seven seconds; HAProxy waits for five and closes.",
        clients.go(options="-ponder 7s"),
        servers.haproxy(),
        failure("server-gave-up-waiting", never=("client-closed-after-request",)),
        "aborted",
    ),
    login(
        "tls13-prompt-too-long-go-haproxy",
        "The same in TLS 1.3.",
        clients.go(high="1.3", options="-ponder 7s"),
        servers.haproxy(version="ssl-min-ver TLSv1.3"),
        failure("server-gave-up-waiting", never=("client-closed-after-request",)),
        "aborted",
        key_log="client",
    ),
    login(
        "revocation-check-stalls-curl-apache",
        "Apache asks an OCSP responder that never answers, gives up after four seconds and refuses the client.",
        clients.curl(),
        (
            servers.own("silent_server.py", SERVER, "8888", port=8888),
            servers.apache(options=_OCSP.format(seconds=4)),
        ),
        failure("server-policy-refused", "server-slow-over-client-certificate", confidence="possible"),
        "failed_by_server",
    ),
    login(
        "revocation-check-outlasts-curl-apache",
        "Apache would wait for the OCSP responder for ten seconds; the client leaves after four.",
        clients.curl(options="-m 4"),
        (
            servers.own("silent_server.py", SERVER, "8888", port=8888),
            servers.apache(options=_OCSP.format(seconds=10)),
        ),
        failure("server-slow-over-client-certificate"),
        "aborted",
    ),
    login(
        "refusal-delayed-curl-python",
        "An expired certificate; the server waits for eleven seconds before it sends its alert, as s2n does.",
        clients.curl("expired.pem", options="-m 20"),
        servers.own("slow_to_refuse.py", SERVER, "443", "root-a.pem", "11"),
        failure("client-certificate-expired", "refusal-delayed", "server-slow-over-client-certificate"),
        "failed_by_server",
        kind="built",
        not_observed="The server is OpenSSL with a pause of ours in front of the alert: no server on s2n was at hand.",
    ),
    login(
        "closed-after-hello-openssl-python",
        "The server closes once it has read the ClientHello; the client answers the close with an alert.",
        clients.openssl(),
        servers.own("closing_server.py", SERVER, "443"),
        Expect(
            verdict="none",
            severity="none",
            findings=("alert-answers-close",),
            not_findings=("client-rejected-server-certificate", "client-closed-after-request"),
        ),
        "aborted",
    ),
    login(
        "dropped-openssl-node",
        "Node drops a client with an expired certificate; the client answers the close with an encrypted alert.",
        clients.openssl("expired.pem"),
        servers.node(),
        failure("client-certificate-expired", "alert-answers-close", "server-closed-without-alert"),
        "aborted",
    ),
    login(
        "client-flight-lost-curl-haproxy",
        "Large packets of the client get lost behind the place of the recording; HAProxy gives up after five seconds.",
        clients.curl("alice-rsa.pem"),
        servers.haproxy(),
        failure("large-flight-never-arrived"),
        "aborted",
        network=_without(f"INPUT -p tcp --dport 443 {_LARGE} -j DROP"),
    ),
    login(
        "server-flight-lost-curl-openssl",
        "Large packets of the server get lost behind the place of the recording; the client leaves after four seconds.",
        clients.curl(options="-m 4"),
        servers.openssl(certificate="server-rsa.pem"),
        failure("large-flight-never-arrived"),
        "aborted",
        network=_without(f"INPUT -p tcp --sport 443 {_LARGE} -j DROP"),
    ),
    login(
        "client-flight-delayed-curl-openssl",
        "The client's large packets get lost three times, and then arrive.",
        clients.curl("alice-rsa.pem"),
        servers.openssl(),
        good("large-flight-never-arrived"),
        "completed",
        network=_without(f"INPUT -p tcp --dport 443 {_LARGE} -m quota --quota 4500 -j DROP"),
    ),
)
