"""The server's certificate was made by a program that breaks TLS open, so the client does not speak to the server."""

from functools import lru_cache

from analyzer.rule_api import Case, Evidence, Match, SeenChain, Side, need, refused_by

INSPECTORS = {
    "mitmproxy": "mitmproxy",
    "portswigger ca": "Burp Suite",
    "do_not_trust_fiddlerroot": "Fiddler",
    "charles proxy": "Charles",
    "zscaler": "Zscaler",
    "netskope": "Netskope",
    "goskope": "Netskope",
    "cisco umbrella": "Cisco Umbrella",
    "fortinet": "Fortinet FortiGate",
    "kaspersky anti-virus personal root": "Kaspersky",
    "avast! web/mail shield root": "Avast",
    "avast web/mail shield root": "Avast",
    "eset ssl filter ca": "ESET",
    "bitdefender personal ca": "Bitdefender",
}
"""What stands in the issuer's name, and whose product writes it there."""


def check(case: Case) -> Match | None:
    chain = need(case.handshake.server_certificate)
    for certificate in chain.readable:
        product = inspector(certificate.issuer.text)
        if product is not None and inspector(certificate.subject.text) != product:  # else its maker's own machine
            return found(case, chain, certificate.issuer.text, product)
    return None


@lru_cache(maxsize=64)
def inspector(issuer: str) -> str | None:
    """Whose product writes such an issuer. Most connections of a capture show the same few."""
    name = issuer.lower()
    return next((product for words, product in INSPECTORS.items() if words in name), None)


def found(case: Case, chain: SeenChain, issuer: str, product: str) -> Match:
    """The match, with the client's refusal where there is one."""
    seen = Evidence(chain.packet, f"the server's certificate was issued by {issuer}")
    alert = case.handshake.fatal_alert(Side.CLIENT)
    said = refused_by(alert) if alert else None
    return Match((seen, said) if said else (seen,), {"issuer": issuer, "product": product})
