"""The server ended its own messages half-way with an alert, before the client had said more than its ClientHello."""

from analyzer.rule_api import (
    TLS_1_3,
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    alert_text,
    inferred_evidence,
    need,
    refusal,
)

BEFORE_THE_REQUEST = {
    "s": "ServerHello",
    "o": "EncryptedExtensions",
    "x": "Certificate",
    "u": "CertificateStatus",
    "k": "ServerKeyExchange",
}
"""Letters of ssl_history: what comes before a CertificateRequest, or in its place."""


def check(case: Case) -> Match | None:
    handshake = case.handshake
    guess = None if handshake.inferred is None else handshake.inferred.server_broke_off
    if guess is not None:
        values = {"last": "ServerHello", "alert": "an alert, as its size tells", "how": f"{UNASKED} {EITHER}"}
        return Match((inferred_evidence(guess),), values, Confidence.LIKELY)
    alert = refusal(case)
    if alert is None or case.connection.missing:
        return None
    hello = need(handshake.server_hello)
    said = handshake.history[: handshake.history.rfind("l")].replace("l", "").rstrip("iI")
    client_went_on = any(letter.isupper() and letter not in "CI" for letter in said)
    if client_went_on or "n" in said or "f" in said or said[-1:] not in BEFORE_THE_REQUEST:
        return None
    how = EITHER
    if alert.description == AlertDescription.internal_error:
        how = ITS_OWN + (LONG_LIST if comes_next(said[-1], need(handshake.version)) else "")
    began = Evidence(hello.packet, "the server's ServerHello: it has accepted version and cipher suite")
    ended = Evidence(alert.packet, f"fatal alert {alert_text(alert)}, instead of its next message")
    last, what = BEFORE_THE_REQUEST[said[-1]], f"the fatal alert {alert_text(alert)}"
    return Match((began, ended), {"last": last, "alert": what, "how": f"{UNASKED} {how}"})


UNASKED = "It had not asked for a certificate yet."
ITS_OWN = "It failed over something of its own, and refused nothing of the client's."
LONG_LIST = " Its request would have come next: more than 65,535 bytes of CA names make OpenSSL end so."
EITHER = (
    "It did not find what it wants in the ClientHello, such as a name or an application protocol, or it failed over "
    "something of its own, such as a list of more than 65,535 bytes of CA names."
)


def comes_next(last: str, version: int) -> bool:
    """Would a CertificateRequest be the next message, or nearly so? In TLS 1.3 it follows EncryptedExtensions."""
    return last in ("s", "o") if version >= TLS_1_3 else last in ("k", "x", "u")
