"""The list of CA names holds the name of a certificate that is no CA."""

from analyzer.rule_api import Case, Evidence, Match, SeenChain, compare_names, kinds_of, listed, need


def check(case: Case) -> Match | None:
    request, answer = need(case.handshake.certificate_request), case.handshake.client_certificate
    leaf = answer.leaf if isinstance(answer, SeenChain) else None
    if leaf is None and case.supplied is not None:
        leaf = case.supplied.certificate.leaf
    own = leaf.subject if leaf is not None and not leaf.self_issued else None
    if "end-entity" not in kinds_of(case, request) and (own is None or listed(request, [own]) is None):
        return None
    found: list[str] = []
    for name in request.names:
        is_own = own is not None and compare_names(name, own) is not None
        if is_own or case.capture.role(name).kind == "end-entity":
            found.append(name.text)
    if not found:
        return None
    count = len(found)
    told = f"{count} of the listed names {'is that' if count == 1 else 'are those'} of no CA: {found[0]}"
    return Match((Evidence(request.packet, told),), {"name": found[0], "count": str(count)})
