"""The request was for another name than the connection was made for, and the server said so: 421."""

from analyzer.rule_api import Case, Evidence, Match, application_refusal, need


def check(case: Case) -> Match | None:
    hello, said, refused = need(case.handshake.client_hello), case.handshake.application, application_refusal(case)
    if said is None or refused is None or not said.status.startswith("421"):
        return None
    name = hello.message.extensions.server_name
    made = Evidence(hello.packet, f"the connection is made for {name}" if name else "the connection names no server")
    return Match((made, refused), {"name": f'"{name}"' if name else "no name (no SNI)"})
