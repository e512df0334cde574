"""An EC key in the client's chain spells its curve out in numbers instead of naming it."""

from analyzer.rule_api import AlertDescription, Case, Confidence, Evidence, Match, accuse, client_chain


def check(case: Case) -> Match | None:
    chain = client_chain(case)
    found = next((certificate for certificate in chain.readable if certificate.spells_curve_out), None)
    if found is None:
        return None
    return accuse(
        case,
        Evidence(chain.packet, f"the key of {found.subject.text}: EC with explicit parameters"),
        named_by=AlertDescription.bad_certificate,
        values={"subject": found.subject.text},
        surest=Confidence.LIKELY,
    )
