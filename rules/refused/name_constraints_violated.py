"""A CA above the client's certificate may issue for other names only."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    accuse,
    client_chain,
    name_violation,
    walked_chain,
)

KINDS = {"dns": "DNS name", "ip": "IP address", "email": "mail address", "uri": "URI", "dir": "subject"}


def check(case: Case) -> Match | None:
    chain = client_chain(case)
    walked = walked_chain(chain)
    found = name_violation(walked.path) if walked is not None else None
    if found is None:
        return None
    authority, subject = found.authority.subject.text, found.certificate.subject.text
    rule = f"forbids {found.bases}" if found.excluded else f"permits {found.bases} only"
    name = f"{KINDS[found.kind]} {found.name}"
    return accuse(
        case,
        Evidence(chain.packet, f"{authority} {rule}; the certificate has the {name}"),
        named_by=AlertDescription.certificate_unknown,
        values={"subject": subject, "issuer": authority, "name": name, "rule": rule},
        surest=Confidence.LIKELY,
    )
