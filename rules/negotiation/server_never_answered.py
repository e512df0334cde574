"""The server took the ClientHello and never said a word of TLS: it closed, or it was silent until the client left."""

from collections.abc import Sequence

from analyzer.rule_api import Case, Evidence, Match, Side, known, need

LONGEST_USUAL_NS = 1_500_000_000
"""A server that will answer does so sooner; a client that leaves sooner may only have looked."""


def check(case: Case) -> Match | None:
    hello, connection = need(case.handshake.client_hello), case.connection
    if not connection.server_silent or connection.stalled:
        return None
    named = hello.message.extensions.server_name
    for_whom = f'for "{named}"' if named else "without a name (SNI)"
    asked = Evidence(hello.packet, f"the ClientHello, {for_whom}")
    ended = closed(case) or waited(case, hello.timestamp_ns)
    if ended is None:
        return None
    return Match((asked, ended), {"what": ended.what, "unnamed": missing(named, hello.message.extensions.alpn)})


def missing(named: str | None, protocols: Sequence[str] | None) -> str:
    """What some servers, and devices before them, want to see in a ClientHello, and this one has not."""
    said = "" if named else " The client had not said which name it wants (SNI), which some servers insist on."
    if not protocols:
        said += " It offered no application protocol (ALPN), by which services that share a port are told apart."
    return said


def closed(case: Case) -> Evidence | None:
    """The server's close, if its whole stream was seen and there was nothing in it."""
    ending = case.connection.ending
    if ending.by is not Side.SERVER or ending.packet is None or known(case.handshake.server_hello):
        return None
    return Evidence(ending.packet, f"the server {'resets' if ending.how == 'rst' else 'closes'} the connection")


def waited(case: Case, since_ns: int | None) -> Evidence | None:
    """The client's close after a long silence of a server whose packets are in the capture."""
    connection, ending = case.connection, case.connection.ending
    left, left_ns = ending.client_closed, ending.client_closed_ns
    if ending.by is not Side.CLIENT or left is None or left_ns is None or since_ns is None:
        return None
    if not connection.start_captured or connection.missing:
        return None
    if left_ns - since_ns < LONGEST_USUAL_NS:
        return None
    return Evidence(left, f"after {(left_ns - since_ns) / 1e9:.1f} seconds of silence the client leaves")
