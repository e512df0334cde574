"""The name led to the default host, which asks nobody; the host that was meant does."""

from analyzer.rule_api import (
    Case,
    Confidence,
    Evidence,
    Match,
    Severity,
    application_refusal,
    covers,
    names_certificate,
    need,
    nobody_asked,
)


def check(case: Case) -> Match | None:
    if not nobody_asked(case):
        return None
    chain = need(case.handshake.server_certificate)
    hello = need(case.handshake.client_hello)
    name, leaf = hello.message.extensions.server_name, chain.leaf
    if leaf is None or (name is not None and covers(leaf, name)):
        return None
    others = [one for one in case.capture.meetings.of(case.connection.server) if one.sni not in (None, name)]
    refused = application_refusal(case)
    if not others and not (case.certificate_expected and name) and not (refused is not None and name is None):
        return None
    wanted = f'for "{name}"' if name else "without a name (no SNI)"
    seen: tuple[Evidence, ...] = (
        Evidence(hello.packet, f"the ClientHello is {wanted}"),
        Evidence(chain.packet, f"the server shows {leaf.subject.text} and asks for no certificate"),
    )
    if refused is not None:
        seen += (refused,)
    told = f" It does ask for one under the name {others[0].sni} (connection {others[0].connection})." if others else ""
    meant = meant_inside(case, name)
    if meant and not others:
        told = f' The request inside is for "{meant}" (Host), which wants one.'
    answered = f'the server answered as "{leaf.subject.text}"' + (", which is another name," if name else "")
    values = {"wanted": wanted, "answered": answered, "others": told}
    confidence = None if others or meant else Confidence.POSSIBLE
    weak = None if case.certificate_expected or meant else Severity.WARNING
    return Match(seen, values, confidence, weak)


def meant_inside(case: Case, name: str | None) -> str | None:
    """The host that the request inside names, if it is another, and the server missed a certificate for it."""
    host = case.handshake.host
    if host is None or host == name or not names_certificate(case) or host.replace(".", "").isdigit():
        return None
    return host
