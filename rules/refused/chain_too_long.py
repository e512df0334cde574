"""The client's chain leads to a listed CA, and the server would not have it: more steps, or more certificates."""

from analyzer.rule_api import (
    AlertDescription,
    Case,
    Confidence,
    Evidence,
    Match,
    SeenAlert,
    WalkedChain,
    client_chain,
    client_leaf,
    listed,
    names_certificate,
    need,
    refusal,
    refused_by,
    server_stack,
    turned_away,
    walked_chain,
)

USUAL_DEPTH = 1
"""Intermediates that nginx (ssl_verify_depth) allows unless told otherwise; Apache (SSLVerifyDepth) counts the root."""
JAVA_TAKES = 8
"""Certificates of a client that newer releases of Java take unless told otherwise; older ones 10."""
GNUTLS_TAKES = 16
"""Certificates that GnuTLS takes of anybody; measured with gnutls-serv 3.7.9."""


def check(case: Case) -> Match | None:
    request, alert = need(case.handshake.certificate_request), refusal(case)
    if alert is None and not names_certificate(case):
        return None
    chain = client_chain(case)
    walked = walked_chain(chain)
    if walked is None or not all(certificate.is_ca for certificate in walked.path[1:]):
        return None
    if listed(request, [walked.top.issuer]) is None:
        return None
    if alert is not None and alert.description in (AlertDescription.handshake_failure, AlertDescription.access_denied):
        return too_many(case, len(chain.certificates), chain.packet, alert)
    return too_deep(case, walked, chain.packet, alert)


def too_deep(case: Case, walked: WalkedChain, packet: int, alert: SeenAlert | None) -> Match | None:
    """More CAs above the client's certificate than the server follows."""
    between = sum(not certificate.self_issued for certificate in walked.path[1:])
    usual, sure = USUAL_DEPTH, None if alert is not None else Confidence.POSSIBLE
    if alert is not None and alert.description == AlertDescription.internal_error:
        usual, sure = USUAL_DEPTH - 1, Confidence.POSSIBLE  # Apache alone, which counts the root
    elif alert is not None and alert.description != AlertDescription.unknown_ca:
        return None
    away = turned_away(case)
    if between <= usual or away is None:
        return None
    stand = "stands 1 more CA, and it was" if between == 1 else f"stand {between} more CAs, and all of them were"
    how = (
        f'Between "{client_leaf(case).subject.text}" and the listed CA "{walked.top.issuer.text}" {stand} sent; '
        "that the server refuses the chain points to its verification depth."
    )
    count = "1 CA" if between == 1 else f"{between} CAs"
    sent = Evidence(packet, f"{count} between the client's certificate and the listed one")
    return Match((sent, away), {"how": how}, sure)


def too_many(case: Case, count: int, packet: int, alert: SeenAlert) -> Match | None:
    """Java counts the certificates, and says handshake_failure; GnuTLS says access_denied."""
    stack = server_stack(case)
    if stack is None:
        return None
    sure = None
    if stack.name.startswith("Java") and alert.description == AlertDescription.handshake_failure:
        if count <= USUAL_DEPTH + 1:
            return None
        sure = None if count > JAVA_TAKES else Confidence.POSSIBLE
        limit = f"Java takes {JAVA_TAKES} from a client (older releases 10), or as many as it was told"
    elif stack.name == "GnuTLS" and alert.description == AlertDescription.access_denied and count > GNUTLS_TAKES:
        limit = f"GnuTLS takes {GNUTLS_TAKES}"
    else:
        return None
    sent = Evidence(packet, f"the client sends {count} certificates")
    how = f"The client sent {count} certificates, a sound chain to a listed CA among them, and was refused: {limit}."
    return Match((sent, refused_by(alert)), {"how": how}, sure)
