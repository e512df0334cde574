"""What the server accepts: its list of CA names, held against the client's chain.

Of a long list only the names that matter are shown: those that match, those that nearly do (they share an
attribute such as the organisation with a name of the chain), and the first few.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from analyzer.diagnosis.ca_names import NameRow, client_path, describe_names
from analyzer.model import CaptureIndex, Handshake, SeenChain, SeenRequest, Supplied
from analyzer.render.terminal_page import DIM, FINE, STRONG, WARNING, Page, Part, styled
from analyzer.render.words import ORIGINS, name_in_short, short_name
from analyzer.x509 import CertificateInfo

_FEW = 8
"""Names shown of a list that is longer than that."""


def draw_names(
    page: Page, handshake: Handshake, supplied: Supplied | None, capture: CaptureIndex, *, all_names: bool
) -> None:
    """The list as a table; nothing where no request could be read."""
    request = handshake.certificate_request
    if not isinstance(request, SeenRequest):
        return
    rows = describe_names(handshake, supplied, capture)
    path = client_path(handshake, supplied)
    page.heading("What the server accepts", (f"   packet {request.packet}", DIM))
    if not rows:
        _draw_empty(page, request)
        return
    shown = rows if all_names else _that_matter(rows, path)
    width = max(len(row.kind) for row in shown) + 2
    for row in shown:
        _draw_row(page, row, width)
    if len(shown) < len(rows):
        page.line((f"    {page.symbols.dots} and {len(rows) - len(shown):,} more: --all-names", DIM))
    _draw_conclusion(page, rows, path, _owner(handshake, supplied))
    if request.damaged:
        page.paragraph(styled((f"The list is damaged: {request.damaged}.", WARNING)), first="    ")


def _draw_empty(page: Page, request: SeenRequest) -> None:
    if request.damaged:
        page.paragraph(styled((f"The list cannot be read: {request.damaged}.", WARNING)), first="    ")
    else:
        page.line("    The list is empty: it leaves the choice to the client.")


def _draw_row(page: Page, row: NameRow, width: int) -> None:
    lead = styled("    ", (f"{row.kind:<{width}}", DIM if row.kind == "unknown" else ""))
    page.paragraph(styled(row.text, *_remark(page, row)), first=lead)


def _remark(page: Page, row: NameRow) -> list[Part]:
    parts: list[Part] = []
    if row.matched is not None:
        issuer = row.matched.issuer.key == getattr(row.name, "key", None)
        what = "issued" if issuer else "is"
        parts.append((f"   {page.symbols.fine} {what} {short_name(row.matched)}", FINE))
        if row.matches == "normalised":
            parts.append((", but is written in another encoding or spelling there", WARNING))
    if row.kind_from is not None:
        parts.append((f"   known from {ORIGINS[row.kind_from]}", DIM))
    return parts


def _that_matter(rows: Sequence[NameRow], path: Sequence[CertificateInfo]) -> list[NameRow]:
    """At most a few names: matches, near matches, the first ones; in the list's own order."""
    if len(rows) <= _FEW:
        return list(rows)
    wanted = {part for certificate in path for part in _parts(certificate.issuer.text)}

    def rank(index: int) -> tuple[int, int]:
        row = rows[index]
        near = len(wanted.intersection(_parts(row.text))) if wanted else 0
        return (0 if row.matches else 1, -near)

    chosen = sorted(sorted(range(len(rows)), key=rank)[:_FEW])
    return [rows[index] for index in chosen]


def _parts(name: str) -> list[str]:
    """The attributes that tell organisations apart; a country does not."""
    return [part for part in name.casefold().split(",") if not part.startswith("c=")]


def _owner(handshake: Handshake, supplied: Supplied | None) -> str:
    chain = handshake.client_certificate
    if isinstance(chain, SeenChain) and not chain.empty:
        return "the client's chain"
    return os.path.basename(supplied.certificate.file) if supplied else ""


def _draw_conclusion(page: Page, rows: Sequence[NameRow], path: Sequence[CertificateInfo], owner: str) -> None:
    """One sentence where nothing matched: what the names would have had to be."""
    if not path or any(row.matches for row in rows):
        return
    top = path[-1]
    which = "None of these names fits" if len(rows) > 1 else "That name does not fit"
    issuer = short_name(top) if top.self_issued else name_in_short(top.issuer)
    end = "ends with" if top.self_issued else "ends below"
    sentence = styled(f"{which} {owner}, which {end} ", (issuer, STRONG), ".")
    if not top.self_issued and any(row.kind == "unknown" for row in rows):
        listed = "a listed CA" if len(rows) > 1 else "it"
        sentence.append(f" Whether {listed} issued ")
        sentence.append_text(styled(issuer))
        sentence.append(" is not known here: --trust FILE would tell.")
    page.paragraph(sentence, first="    ")
