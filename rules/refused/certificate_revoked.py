"""The client's certificate has been revoked: the server says so, or the list of its CA does."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    Revoked,
    UndecidedError,
    accuse,
    date_text,
    refusal,
    refused_by,
    revoked,
    sent_by_client,
    time_of,
)

REVOKED = AlertDescription.certificate_revoked


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    alert = refusal(case)
    said = alert is not None and alert.description == REVOKED
    if case.capture.revocation_lists:
        try:
            found = revoked(case, walked.path, time_of(case, chain.timestamp_ns))
        except UndecidedError:
            if not said:
                raise
            found = None
        if found is not None:
            return on_a_list(case, chain.packet, found)
    if alert is None or not said:
        return None
    sent = Evidence(chain.packet, f"the client's certificate, serial number {leaf.serial}")
    values = {"subject": leaf.subject.text, "serial": leaf.serial, "issuer": leaf.issuer.text}
    return Match((sent, refused_by(alert)), values | {"said": "the server answered that it is revoked"})


def on_a_list(case: Case, packet: int, found: Revoked) -> Match:
    """The match where the user's list holds it; how sure it is the reason depends on the server's answer."""
    certificate, entry = found.certificate, found.revocation
    since, why = date_text(entry.since_ns), f", {entry.reason}" if entry.reason else ""
    seen = f"serial {certificate.serial} is on the list of {certificate.issuer.text} since {since}{why}"
    return accuse(
        case,
        Evidence(packet, f"{seen} (list of {date_text(found.list_made_ns)[:10]})"),
        named_by=REVOKED,
        values={
            "subject": certificate.subject.text,
            "serial": certificate.serial,
            "issuer": certificate.issuer.text,
            "said": f"its CA revoked it on {since}, says the list that was given{why}",
        },
    )
