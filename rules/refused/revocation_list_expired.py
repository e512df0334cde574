"""The server finds something expired, and it is none of the certificates that the client sent."""

from analyzer.rule_api import (
    GIVES_NO_REASON,
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    WalkedChain,
    date_text,
    is_within_dates,
    lists_about,
    refusal,
    refused_by,
    sent_by_client,
    time_of,
    turned_away,
)

UNSEEN_REASONS = "its revocation list is out of date, a CA certificate of its own has expired, or its clock is wrong"


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    alert = refusal(case)
    named = alert is not None and alert.description == AlertDescription.certificate_expired
    if not named and not case.capture.revocation_lists:
        return None
    at = time_of(case, chain.timestamp_ns)
    if len(chain.readable) < len(chain.certificates):
        return None
    if not all(is_within_dates(certificate, at) for certificate in chain.readable):
        return None
    sent = Evidence(chain.packet, "every certificate that the client sends is within its dates")
    if alert is not None and named:
        said = f'called the certificate of "{leaf.subject.text}" expired, but'
        return Match((sent, refused_by(alert)), {"said": said, "reason": UNSEEN_REASONS})
    away = turned_away(case)
    old = out_of_date(case, walked, at) if alert is None or alert.description in GIVES_NO_REASON else None
    if away is None or old is None:
        return None
    values = {"said": f'refused "{leaf.subject.text}", and', "reason": old}
    return Match((sent, Evidence(chain.packet, old), away), values, Confidence.POSSIBLE)


def out_of_date(case: Case, walked: WalkedChain, at: int) -> str | None:
    """What is to be said of a list that the user gave and that should have been renewed by then."""
    for _, one in lists_about(case, walked.path):
        if one.renewed_by_ns is not None and one.renewed_by_ns < at:
            due = date_text(one.renewed_by_ns)
            return f"the list of {one.issuer.text} that was given should have been renewed by {due}"
    return None
