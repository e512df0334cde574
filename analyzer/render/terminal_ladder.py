"""The ladder: who sent what, when, in which packet, and at which line it went wrong.

Two kinds of steps are not drawn one by one. What always comes and tells nothing (ServerKeyExchange, ...) is left
out, unless it is the guilty one. What one side sent in one packet without anything worth a line of its own
(ClientKeyExchange, ChangeCipherSpec, Finished) is one line, "ClientKeyExchange … Finished".
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len
from rich.text import Text

from analyzer.model import Handshake, SeenRequest, Step, Unseen
from analyzer.packets import Side
from analyzer.render.numbers import count
from analyzer.render.safe import safe_text
from analyzer.render.step_details import Details
from analyzer.render.terminal_page import DIM, FAILED, Page, styled, wrap
from analyzer.tls.codepoints import TLS_1_3

_SILENT = frozenset({"ServerKeyExchange", "CertificateStatus", "EncryptedExtensions"})
_JOINED = frozenset(
    {
        "ClientKeyExchange",
        "ChangeCipherSpec",
        "Finished",
        "ServerHelloDone",
        "NewSessionTicket",
        "encrypted handshake",
    }
)
_MOST_ROWS = 32
_LADDER = 31
"""Columns from the client to the server; room for the longest label and an arrow."""

_CLIENT, _SERVER = Side.CLIENT, Side.SERVER
_GUILTY: dict[str, tuple[tuple[Side, str], ...]] = {
    "never_asked": ((_SERVER, "ServerHelloDone"), (_SERVER, "ServerHello")),
    "bad_request": ((_SERVER, "CertificateRequest"),),
    "unanswered": ((_CLIENT, "Certificate"), (_CLIENT, "alert"), (_CLIENT, "ClientKeyExchange")),
    "refused": ((_CLIENT, "Certificate"), (_SERVER, "alert"), (_SERVER, "encrypted alert")),
    "proof": ((_CLIENT, "CertificateVerify"), (_CLIENT, "ClientKeyExchange")),
    "negotiation": ((_SERVER, "alert"), (_CLIENT, "alert"), (_SERVER, "ServerHello"), (_CLIENT, "ClientHello")),
    "server_certificate": ((_SERVER, "Certificate"), (_CLIENT, "alert")),
    "succeeded": ((_SERVER, "application data"),),
}
"""Which message of a stage's evidence is pointed at, by preference."""


class Row(msgspec.Struct):
    """One line of the ladder."""

    sender: Side
    names: list[str]
    packet: int
    timestamp_ns: int | None
    detail: str
    here: bool = False

    @property
    def label(self) -> str:
        """``ClientKeyExchange … Finished``."""
        return self.names[0] if len(self.names) == 1 else f"{self.names[0]} … {self.names[-1]}"


def draw_ladder(page: Page, handshake: Handshake, stage: str, evidence: Sequence[int]) -> None:
    """Draw it, with the first guilty step of the evidence marked."""
    rows = _rows(handshake, _guilty_step(handshake.steps, stage, evidence))
    if not rows:
        return
    page.heading("What happened")
    shape = _Shape(page.width, rows[-1].packet)
    page.line((f"{'time':>{shape.time}}{'packet':>{shape.packet}}   client{'server':>{_LADDER - 6}}", DIM))
    start = next((row.timestamp_ns for row in rows if row.timestamp_ns is not None), None)
    shown = ""
    for row in rows:
        time = "" if row.timestamp_ns is None or start is None else f"{(row.timestamp_ns - start) / 1e9:.3f}"
        before = (f"{'' if time == shown else time:>{shape.time}}", DIM)
        lead = styled(before, f"{row.packet or '':>{shape.packet}}   ")
        shown = time
        lead.append_text(_arrow(page, row))
        _with_detail(page, lead, row, shape)


class _Shape:
    """Widths of the columns, closer together on a narrow page."""

    def __init__(self, width: int, last_packet: int) -> None:
        narrow = width < 90
        self.time = 7 if narrow else 8
        self.packet = max(self.time, len(str(last_packet)) + 2)
        self.gap = 2 if narrow else 3
        self.below = self.time + self.packet + 3


def _guilty_step(steps: Sequence[Step], stage: str, evidence: Sequence[int]) -> int | None:
    """Index of the step to point at: in the evidence's packets, the stage's own message before others."""
    inside = [index for packet in evidence for index, step in enumerate(steps) if step.packet == packet]
    for wanted in _GUILTY.get(stage, ()):
        for index in inside:
            if (steps[index].sender, steps[index].what) == wanted:
                return index
    return inside[0] if inside else None


def _rows(handshake: Handshake, guilty: int | None) -> list[Row]:
    details = Details(handshake)
    asked = isinstance(handshake.certificate_request, SeenRequest)
    # in TLS 1.3 ChangeCipherSpec only pleases middleboxes (RFC 8446 appendix D.4)
    silent = _SILENT | {"ChangeCipherSpec"} if _is_tls13(handshake) else _SILENT
    rows: list[Row] = []
    for index, step in enumerate(handshake.steps):
        here = index == guilty
        name, detail = details.of(step)
        if not here and (name in silent or (name == "ServerHelloDone" and asked)):
            continue
        if rows and _joins(rows[-1], step, name, here):
            rows[-1].names.append(name)
        else:
            rows.append(Row(step.sender, [name], step.packet, step.timestamp_ns, detail, here=here))
    return _shortened(rows)


def _is_tls13(handshake: Handshake) -> bool:
    return not isinstance(handshake.version, Unseen) and handshake.version >= TLS_1_3


def _joins(last: Row, step: Step, name: str, here: bool) -> bool:
    same_place = last.sender is step.sender and last.packet == step.packet
    return same_place and not here and not last.here and name in _JOINED and last.names[0] in _JOINED


def _shortened(rows: list[Row]) -> list[Row]:
    """A bounded ladder: its beginning, its end, and the guilty line wherever that is."""
    if len(rows) <= _MOST_ROWS:
        return rows
    middle = rows[_MOST_ROWS // 2 : -_MOST_ROWS // 2]
    kept = [row for row in middle if row.here]
    left_out = Row(Side.CLIENT, ["gap"], 0, None, f"{count(len(middle) - len(kept), 'more step')}: certwhy events")
    return [*rows[: _MOST_ROWS // 2], *kept, left_out, *rows[-_MOST_ROWS // 2 :]]


def _arrow(page: Page, row: Row) -> Text:
    symbols = page.symbols
    if row.names == ["gap"]:
        return styled((f"{f'{symbols.dot} ' * 3:^{_LADDER}}", DIM))
    style = FAILED if row.here else ""
    label = safe_text(row.label.replace("…", symbols.dots))
    shaft = symbols.line * max(1, _LADDER - cell_len(label) - 2)
    if row.sender is Side.CLIENT:
        return styled((label, style), " ", (shaft + symbols.right, DIM))
    return styled((symbols.left + shaft, DIM), " ", (label, style))


def _with_detail(page: Page, lead: Text, row: Row, shape: _Shape) -> None:
    """The detail at the right where there is room, below the line where there is none."""
    margin = cell_len(lead.plain) + shape.gap
    mark = f" {page.symbols.left} here" if row.here else ""
    room = page.width - margin - len(mark)
    words = row.detail.split() if room >= 20 else [row.detail]
    beside = all(cell_len(word) <= room for word in words)
    pieces = wrap(styled(row.detail), room if beside else page.width - shape.below) if row.detail else []
    line = lead
    if pieces and beside:
        line.append(" " * shape.gap)
        line.append_text(pieces.pop(0))
    if mark:
        line.pad_right(max(0, page.width - cell_len(line.plain) - len(mark)))
        line.append(mark, FAILED)
    page.lines.append(line)
    for piece in pieces:
        page.lines.append(Text(" " * (margin if beside else shape.below)).append_text(piece))
