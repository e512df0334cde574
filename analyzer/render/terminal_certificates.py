"""The client's certificate in brief: as it was sent, or as the user's file holds it, and whether it would have gone."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.text import Text

from analyzer.model import AnyCertificate, Handshake, SeenChain, Supplied
from analyzer.render.numbers import count
from analyzer.render.terminal_page import DIM, STRONG, WARNING, Page, styled
from analyzer.render.words import listed, moment
from analyzer.x509 import CertificateInfo, WouldMatch

_FEW = 4
"""Certificates of a chain that are shown one by one."""


def draw_client_chain(page: Page, handshake: Handshake) -> None:
    """What the client sent; nothing where it sent no certificate."""
    chain = handshake.client_certificate
    if not isinstance(chain, SeenChain) or chain.empty:
        return
    page.heading("The client's certificate", (f"   packet {chain.packet}", DIM))
    _draw_chain(page, chain.certificates, handshake.last_ns)
    if chain.damaged:
        page.paragraph(styled((f"The message is damaged: {chain.damaged}.", WARNING)), first="    ")


def draw_supplied(page: Page, handshake: Handshake, supplied: Supplied | None) -> None:
    """The user's own certificate: what it is, what stood in its way, and who would have sent it."""
    if supplied is None:
        return
    certificate = supplied.certificate
    page.heading(os.path.basename(certificate.file), ("   your certificate (--client-cert)", DIM))
    _draw_chain(page, (certificate.leaf, *certificate.chain), handshake.last_ns)
    for note in certificate.notes:
        page.paragraph(styled(f"{note[:1].upper()}{note[1:]}."), first="    ")
    match = supplied.match
    for obstacle in match.obstacles if match else ():
        page.paragraph(styled(obstacle.text), first=styled("  ", (page.symbols.warning, WARNING), " "))
    if match is not None:
        page.paragraph(_would_match(match.would_match), first="    ")


def _would_match(would: WouldMatch) -> Text:
    text = Text("Would it have been sent?  ")
    answers = {True: "yes", False: "no", None: "depends"}
    kinds = (
        ("Safari and others that look for the direct issuer", would.direct_issuer),
        ("those that build the chain (Java, Go)", would.chain_builder),
        ("those that ignore the list (curl, OpenSSL)", would.ignores_list),
    )
    for number, (kind, answer) in enumerate(kinds):
        text.append(("; " if number else "") + kind + ": ")
        text.append(answers[answer], STRONG)
    return text.append(".")


def _draw_chain(page: Page, chain: Sequence[AnyCertificate], now_ns: int | None) -> None:
    leaf = chain[0] if chain else None
    if isinstance(leaf, CertificateInfo):
        rows = [
            ("subject", styled(leaf.subject.text or "(empty)")),
            ("issuer", styled(leaf.issuer.text)),
            ("valid", _validity(leaf, now_ns)),
            ("for", styled(_usage(leaf))),
        ]
        page.columns([(("    " + name, DIM), text) for name, text in rows], (13,), indent=0)
        for problem in leaf.problems:
            page.paragraph(styled((f"In the certificate, {problem}.", WARNING)), first="    ")
    elif leaf is not None:
        page.paragraph(styled((f"The certificate cannot be read: it {leaf.error}.", WARNING)), first="    ")
    for number, certificate in enumerate(chain[1:_FEW]):
        page.paragraph(
            _one(certificate, now_ns), first=styled(("    and" if not number else "       ", DIM)), indent=13
        )
    if len(chain) > _FEW:
        page.line((f"             {page.symbols.dots} and {count(len(chain) - _FEW, 'more certificate')}", DIM))
    if len(chain) == 1:
        page.line(("    and", DIM), "      no further certificate")


def _one(certificate: AnyCertificate, now_ns: int | None) -> Text:
    if not isinstance(certificate, CertificateInfo):
        return styled((f"a certificate that cannot be read: it {certificate.error}", WARNING))
    kind = "a CA" if certificate.is_ca else "no CA"
    issuer = "itself" if certificate.self_issued else certificate.issuer.text
    text = styled(certificate.subject.text, (f"   {kind}, issued by {issuer}", DIM))
    end = certificate.not_after_ns
    if now_ns is not None and end is not None and now_ns >= end + 1_000_000_000:
        text.append(f"   expired {moment(end, '%Y-%m-%d')}", WARNING)
    return text


def _validity(leaf: CertificateInfo, now_ns: int | None) -> Text:
    """From and until, with a word where the login fell outside."""
    start, end = (moment(ns, "%Y-%m-%d") or "(unreadable)" for ns in (leaf.not_before_ns, leaf.not_after_ns))
    text = styled(f"{start} to {end}")
    if now_ns is None:
        return text
    today = moment(now_ns, "%Y-%m-%d")
    if leaf.not_after_ns is not None and now_ns >= leaf.not_after_ns + 1_000_000_000:
        text.append(f"   expired at the time of this login ({today})", WARNING)
    elif leaf.not_before_ns is not None and now_ns < leaf.not_before_ns:
        text.append(f"   not yet valid at the time of this login ({today})", WARNING)
    return text


def _usage(leaf: CertificateInfo) -> str:
    if leaf.extended_key_usage is None:
        usage = "any use (no extended key usage)"
    else:
        usage = listed(list(leaf.extended_key_usage)) or "nothing (empty extended key usage)"
    return f"{usage}; {leaf.key} key"
