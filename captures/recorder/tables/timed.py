"""The table of recordings in which time or the network is the reason: somebody thinks, waits, or gets no packet."""

from __future__ import annotations

import shlex

from .. import clients, servers
from ..network import SERVER
from ..programs import Program
from ..scenarios import Scenario, empty, failure, good, login
from ..truth import Expect

_LARGE = "-m length --length 1000:"
"""What a tunnel with a small MTU does not carry; the message that should say so does not come back either."""
_OCSP = (
    "SSLOCSPEnable on\n  SSLOCSPDefaultResponder http://192.0.2.1:8888/\n  SSLOCSPOverrideResponder on\n"
    "  SSLOCSPResponderTimeout {seconds}"
)


def _without(*rules: str) -> tuple[str, ...]:
    return tuple(f"iptables -A {rule}" for rule in rules)


_BEHIND = f"{SERVER}:8443 ssl verify none source {SERVER}"
"""The proxy connects from its own address, as it does where it is a machine of its own."""
_PROXY_PASS = f"location = / {{ proxy_pass https://{SERVER}:8443; proxy_bind {SERVER}; }}"
_CHANGED = "changed"
_KEYS, _KEY = "ticket.keys", "ticket.key"
"""Ticket keys of HAProxy, in base64, and of nginx; 48 bytes each."""


def _restarted(before: Program, after: Program) -> Program:
    """The same server with another configuration, once the client says so."""
    (name,) = before.files
    command = " ".join(before.command)
    script = (
        f"{command.replace(name, f'before-{name}')} & first=$!; until [ -e {_CHANGED} ]; do sleep .05; done; "
        f"kill $first; wait $first; exec {command}"
    )
    files = {f"before-{name}": before.files[name], **after.files, _KEYS: f"{'c2hhcmVk' * 8}\n" * 3, _KEY: "shared" * 8}
    return Program(before.stack, ("sh", "-c", script), files=files)


def _changing(client: Program) -> Program:
    """A client that has the server restarted first."""
    command = f"touch {_CHANGED}; sleep 1; {shlex.join(client.command)}"
    return Program(client.stack, ("sh", "-c", command), stdin=client.stdin)


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
        good(
            "empty-answer-came-late",
            "server-gave-up-waiting",
            "server-slow-over-client-certificate",
            findings=("client-slow-over-its-certificate",),
        ),
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
        "answer-swallowed-curl-openssl",
        "A middlebox swallows what the client answers; after five seconds the client leaves.",
        clients.curl(options="-m 5"),
        (servers.own("swallowing_proxy.py", SERVER, "443", "4433"), servers.openssl(address=f"{SERVER}:4433")),
        failure("server-slow-over-client-certificate", never=("tls-succeeded", "server-closed-without-alert")),
        "aborted",
    ),
    login(
        "tls13-answer-swallowed-curl-openssl",
        "The same over TLS 1.3, where the client believes that it is through.",
        clients.curl(version="--tlsv1.3", options="-m 5"),
        (
            servers.own("swallowing_proxy.py", SERVER, "443", "4433"),
            servers.openssl(address=f"{SERVER}:4433", version="-tls1_3"),
        ),
        failure("server-slow-over-client-certificate", never=("tls-succeeded", "server-closed-without-alert")),
        "undetermined",
        key_log="client",
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
        failure(
            "server-never-answered",
            "alert-answers-close",
            never=("client-rejected-server-certificate", "client-closed-after-request"),
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
    login(
        "proxy-terminates-curl-haproxy-openssl",
        "HAProxy ends the client's TLS and has no certificate for the server behind, which refuses it four times.",
        clients.curl(),
        (
            servers.openssl(address=f"{SERVER}:8443"),
            servers.haproxy(verify="none", backend=_BEHIND),
        ),
        Expect(
            connections=5,
            verdict="client-sent-empty-certificate",
            severity="failure",
            findings=("proxy-terminates-tls", "server-never-asked"),
        ),
        ("completed", *["failed_by_server"] * 4),
        ports=(443, 8443),
        tls_ports=(443, 8443),
    ),
    login(
        "proxy-terminates-curl-nginx-openssl",
        "The same with nginx as the proxy, over TLS 1.3 in front, to a server that was expected to ask.",
        clients.curl(version="--tlsv1.3"),
        (
            servers.openssl(address=f"{SERVER}:8443"),
            servers.nginx(verify="off", protocols="TLSv1.3", options=f"proxy_ssl_protocols TLSv1.2; {_PROXY_PASS}"),
        ),
        Expect(
            connections=2,
            verdict="client-sent-empty-certificate",
            severity="failure",
            findings=("proxy-terminates-tls", "server-never-asked"),
        ),
        ("completed", "failed_by_server"),
        ports=(443, 8443),
        tls_ports=(443, 8443),
        key_log="client",
        expected_server="shop.example",
    ),
    login(
        "default-host-refuses-without-name-wget-nginx",
        "The client names no server; the default host asks for no certificate, and its application turns it away.",
        clients.wget(),
        servers.nginx(default_host="server-other.pem", default_answer="403"),
        Expect(
            verdict="default-virtual-host-answered",
            severity="warning",
            confidence="possible",
            findings=("default-virtual-host-answered", "server-never-asked", "tls-succeeded-application-refused"),
        ),
        "completed",
        key_log="client",
    ),
    login(
        "default-host-by-sni-other-host-inside-wget-nginx",
        "The hello names no server, the request inside does: nginx never asked, and misses the certificate (400).",
        clients.wget(options="--header=Host:shop.example"),
        servers.nginx(default_host="server-other.pem"),
        Expect(
            verdict="default-virtual-host-answered",
            severity="failure",
            confidence="likely",
            findings=("default-virtual-host-answered", "server-never-asked", "tls-succeeded-application-refused"),
        ),
        "completed",
        key_log="client",
    ),
    login(
        "tunnel-inside-tls-curl-python",
        "The client reaches its proxy by https and the server through a tunnel in it: nobody ends its TLS there.",
        clients.curl(None, options=f"--proxy-insecure --proxy https://{SERVER}:3129"),
        (
            servers.openssl(),
            servers.own("connect_proxy.py", SERVER, "3129", "443", "server.pem", port=3129),
        ),
        Expect(
            connections=2,
            verdict="client-sent-empty-certificate",
            severity="failure",
            findings=("tunnel-inside-tls", "server-never-asked"),
            not_findings=("proxy-terminates-tls", "tls-inside-tls"),
        ),
        ("completed", "failed_by_server"),
        ports=(443, 3129),
        tls_ports=(443, 3129),
        key_log="client",
    ),
    login(
        "proxy-has-certificate-curl-haproxy-openssl",
        "A proxy with a certificate of its own for the server behind.",
        clients.curl(),
        (
            servers.openssl(address=f"{SERVER}:8443"),
            servers.haproxy(verify="none", backend=f"{_BEHIND} crt alice.pem"),
        ),
        Expect(connections=2, verdict="tls-succeeded", severity="note", not_findings=("proxy-terminates-tls",)),
        ("completed", "completed"),
        ports=(443, 8443),
        tls_ports=(443, 8443),
    ),
    login(
        "session-outlives-policy-openssl-haproxy",
        "HAProxy begins to ask for certificates and keeps its ticket keys: an old session is still taken up.",
        (
            clients.openssl(None, options="-sess_out session.pem"),
            _changing(clients.openssl()),
            clients.openssl(None, options="-sess_in session.pem"),
        ),
        _restarted(servers.haproxy(verify="none", tickets=_KEYS), servers.haproxy(tickets=_KEYS)),
        Expect(
            connections=3,
            verdict="session-outlives-policy-change",
            severity="warning",
            findings=("session-outlives-policy-change", "session-resumed-without-client-certificate"),
        ),
        ("completed", "completed", "completed"),
    ),
    login(
        "session-ends-with-policy-openssl-nginx",
        "nginx begins to ask for certificates: an old session is not taken up, although the ticket key is the same.",
        (
            clients.openssl(None, options="-sess_out session.pem"),
            _changing(clients.openssl()),
            clients.openssl(None, options="-sess_in session.pem"),
        ),
        _restarted(
            servers.nginx(verify="off", options=f"ssl_session_ticket_key {_KEY};"),
            servers.nginx(options=f"ssl_session_ticket_key {_KEY};"),
        ),
        Expect(
            connections=3,
            verdict="client-sent-empty-certificate",
            severity="warning",
            not_findings=("session-outlives-policy-change",),
        ),
        ("completed", "completed", "completed"),
    ),
    login(
        "default-host-answered-wget-nginx",
        "Two hosts at one address, one of which asks: by name the client is asked, without a name it is not.",
        (clients.curl(), clients.wget(None)),
        servers.nginx(default_host="server-other.pem"),
        Expect(
            connections=2,
            verdict="default-virtual-host-answered",
            severity="warning",
            findings=("default-virtual-host-answered", "server-never-asked"),
        ),
        ("completed", "completed"),
    ),
    login(
        "default-host-answered-openssl-nginx",
        "The same with a name that no host has; the server was expected to ask.",
        (clients.curl(), clients.openssl(options="-servername login.example")),
        servers.nginx(default_host="server-other.pem"),
        Expect(
            connections=2,
            verdict="default-virtual-host-answered",
            severity="failure",
            confidence="likely",
            findings=("default-virtual-host-answered", "server-never-asked"),
        ),
        ("completed", "completed"),
        expected_server="login.example",
    ),
)
