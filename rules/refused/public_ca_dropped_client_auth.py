"""The client's certificate is a public CA's, and these issue for web servers only by now."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Evidence,
    Match,
    accuse,
    date_text,
    is_public_ca,
    issuers_above,
    sent_by_client,
)

DROPPED_NS = 1_759_276_800_000_000_000
"""1 October 2025: from then on the first of the big CAs left clientAuth out unless asked for it."""


def check(case: Case) -> Match | None:
    chain, leaf, walked = sent_by_client(case)
    usages, born = leaf.extended_key_usage or (), leaf.not_before_ns
    if "serverAuth" not in usages or leaf.allows_client_auth or born is None or born < DROPPED_NS:
        return None
    names = [certificate.issuer for certificate in (*walked.path, *issuers_above(case, walked.path))]
    public = next((name for name in names if is_public_ca(name)), None)
    if public is None:
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"issued {date_text(born)} below {public.text}, for {', '.join(usages)}"),
        named_by=AlertDescription.unsupported_certificate,
        values={"subject": leaf.subject.text, "root": public.text, "born": date_text(born)[:10]},
    )
