"""The extended key usage of the client's certificate does not allow authentication as a client, or not by name."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    CertificateInfo,
    Confidence,
    Evidence,
    Match,
    accuse,
    names_certificate,
    refusal,
    sent_by_client,
    turned_away,
)

ANY = ("anyExtendedKeyUsage",)


def check(case: Case) -> Match | None:
    chain, leaf, _ = sent_by_client(case)
    if leaf.allows_client_auth:
        return by_name(case, leaf, chain.packet) if leaf.extended_key_usage == ANY else None
    usages = ", ".join(leaf.extended_key_usage or ())
    return accuse(
        case,
        Evidence(chain.packet, f"extended key usage of the client's certificate: {usages}"),
        named_by=AlertDescription.unsupported_certificate,
        values={"how": f"may be used for {usages}, but not to log in as a client (clientAuth)", **named(leaf)},
    )


def by_name(case: Case, leaf: CertificateInfo, packet: int) -> Match | None:
    """Any use is allowed, which Java and Go take; OpenSSL wants clientAuth by name, and says so."""
    alert, away = refusal(case), turned_away(case)
    said_so = (
        names_certificate(case) if alert is None else alert.description == AlertDescription.unsupported_certificate
    )
    if not said_so or away is None:
        return None
    how = "allows any use (anyExtendedKeyUsage) and does not name clientAuth, on which servers with OpenSSL insist"
    shown = Evidence(packet, "extended key usage of the client's certificate: anyExtendedKeyUsage alone")
    sure = Confidence.POSSIBLE if alert is None else Confidence.LIKELY
    return Match((shown, away), {"how": how, **named(leaf)}, sure)


def named(leaf: CertificateInfo) -> dict[str, str]:
    """For the message."""
    return {"subject": leaf.subject.text}
