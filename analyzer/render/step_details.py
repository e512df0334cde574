"""What stands beside a step of the ladder: the few facts of the message that a diagnosis looks at."""

from __future__ import annotations

from analyzer.model import Handshake, Reason, SeenAlert, SeenChain, SeenVerify, Step, Unseen
from analyzer.packets import Side
from analyzer.render.numbers import count
from analyzer.render.words import short_name, versions
from analyzer.tls.codepoints import (
    alert_level_name,
    alert_name,
    cipher_suite_name,
    signature_scheme_name,
    version_name,
)


class Details:
    """Looks up the facts of one handshake, step by step in order."""

    def __init__(self, handshake: Handshake) -> None:
        self._handshake = handshake
        self._alerts = list(handshake.alerts)

    def of(self, step: Step) -> tuple[str, str]:
        """The step's name as the reader knows it, and what to say beside it."""
        if step.what == "alert":
            return "Alert", self._alert(step)
        if step.what == "encrypted alert":
            return "Alert", "encrypted"
        describe = _DESCRIBE.get(step.what)
        return step.what, describe(self._handshake, step) if describe else ""

    def _alert(self, step: Step) -> str:
        for index, alert in enumerate(self._alerts):
            if (alert.packet, alert.sender) == (step.packet, step.sender):
                return _alert_text(self._alerts.pop(index))
        return ""


def _alert_text(alert: SeenAlert) -> str:
    return f"{alert_level_name(alert.level)} {alert_name(alert.description)}"


def _client_hello(handshake: Handshake, step: Step) -> str:
    hello = handshake.client_hello
    if isinstance(hello, Unseen):
        return ""
    name = hello.message.extensions.server_name or "no server name"
    again = ", again" if handshake.hello_retry and hello.packet != step.packet else ""
    return f"{name}, {versions(hello.message.offered_versions)}{again}"


def _server_hello(handshake: Handshake, step: Step) -> str:
    hello = handshake.server_hello
    if isinstance(hello, Unseen):
        return ""
    if hello.packet != step.packet:
        return ""
    suite = cipher_suite_name(hello.message.cipher_suite)
    resumed = ", session resumed" if handshake.resumed is True else ""
    return f"{version_name(hello.message.version)}, {suite}{resumed}"


def _certificate(handshake: Handshake, step: Step) -> str:
    chain = handshake.client_certificate if step.sender is Side.CLIENT else handshake.server_certificate
    begun = handshake.certificate_begun
    if isinstance(chain, Unseen) and begun is not None and step.sender is Side.CLIENT:
        return f"{count(begun.message_bytes, 'byte')} announced, not all came"
    if not isinstance(chain, SeenChain) or chain.packet != step.packet:
        return ""
    if chain.empty:
        return "empty"
    return f"{short_name(chain.leaf)}, {count(len(chain.certificates), 'certificate')}"


def _request(handshake: Handshake, step: Step) -> str:
    request = handshake.certificate_request
    if isinstance(request, Unseen):
        return "cannot be read" if request.why is Reason.MALFORMED else ""
    if request.packet != step.packet:
        return ""
    if not request.names and not request.list_bytes_actual:
        return "names no CA"
    return f"{count(len(request.names), 'CA name')}, {count(request.list_bytes_actual, 'byte')}"


def _verify(handshake: Handshake, step: Step) -> str:
    verify = handshake.certificate_verify
    if step.sender is not Side.CLIENT or not isinstance(verify, SeenVerify):
        return ""
    scheme = [] if verify.scheme is None else [signature_scheme_name(verify.scheme)]
    valid = {True: ["signature fits"], False: ["signature does not fit"], None: []}[verify.valid]
    return ", ".join(scheme + valid)


def _application(handshake: Handshake, step: Step) -> str:
    said = handshake.application
    if said is None or step.sender is Side.CLIENT:
        return ""
    return f"{said.protocol} {said.status}"


def _missing(handshake: Handshake, step: Step) -> str:
    side = step.sender.word
    return f"{count(step.length, 'byte')} of the {side} not captured"


_DESCRIBE = {
    "ClientHello": _client_hello,
    "ServerHello": _server_hello,
    "Certificate": _certificate,
    "CertificateRequest": _request,
    "CertificateVerify": _verify,
    "application data": _application,
    "gap": _missing,
}
