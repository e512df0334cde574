"""The server's certificate is not made out to the name that the client asked for."""

from analyzer.rule_api import AlertDescription, Case, Confidence, Evidence, Match, accuse_server, need

MOST_SHOWN = 3


def check(case: Case) -> Match | None:
    chain, hello = need(case.handshake.server_certificate), need(case.handshake.client_hello)
    leaf, asked = chain.leaf, (hello.message.extensions.server_name or "").lower().rstrip(".")
    if leaf is None or not asked:
        return None
    names = [name.removeprefix("dns:").lower().rstrip(".") for name in leaf.san if name.startswith("dns:")]
    if not names and (leaf.subject.common_name or "").lower() == asked:
        return None
    if any(covers(name, asked) for name in names):
        return None
    shown = ", ".join(names[:MOST_SHOWN]) + (f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else "")
    shown = shown or f"no DNS name, its subject is {leaf.subject.text}"
    return accuse_server(
        case,
        Evidence(hello.packet, f"the client asks for {asked}"),
        Evidence(chain.packet, f"the server's certificate names {shown}"),
        named_by=AlertDescription.unrecognized_name,
        values={"asked": asked, "names": shown, "subject": leaf.subject.text},
        surest=Confidence.LIKELY,
    )


def covers(pattern: str, name: str) -> bool:
    """A star stands for the whole leftmost label and nothing else (RFC 9525 section 6.3)."""
    if pattern == name:
        return True
    star, _, domain = pattern.partition(".")
    return star == "*" and bool(domain) and name.partition(".")[2] == domain
