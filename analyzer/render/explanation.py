"""The answer to a pasted message or a log: to read, or as JSON.

What it means comes first and in full for the best reading; other readings are a line or two. Of a log there is a table
of all messages before. How to see more stands once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from analyzer.explain.entries import KnownMessage
from analyzer.explain.explanation import Explanation, HowTo, InCapture, Lines, Log, Reading, Recipe
from analyzer.render.console import make_console
from analyzer.render.json_text import to_json
from analyzer.render.numbers import count, size
from analyzer.render.terminal_page import ASCII, DIM, FAILED, STRONG, UNICODE, WARNING, Page, Part, prose, styled
from analyzer.render.view import View

_MOST_OTHERS = 6
_MOST_CAUSES = 8
_MOST_MESSAGES = 40
"""Rows of a log's table."""
_WHO = {"client": "client", "server": "server", "ca": "CA", "network": "network"}
_REFUSED = {
    "client": "The server refused the client.",
    "server": "The client refused the server.",
    "printer": "Whoever wrote the line was refused: in a client's log the client, in a server's log the server.",
    "peer": "Whoever wrote the line refused the other: in a client's log the server, in a server's log the client.",
    "receiver": "Whoever received the alert was refused: in a client's log the client, in a server's log the server.",
    "none": "Neither side refused the other's certificate.",
}
_UNSAID = "It does not say who refused whom, or whether anybody did."
_WROTE = {"client": "written by the client", "server": "written by the server", "either": "written by either side"}
_AGREES = {"confirms": "confirms this", "contradicts": "contradicts this", "cannot-see": "does not decide this"}


def draw(explanation: Explanation, view: View) -> None:
    """Write the answer; coloured where the stream is a terminal that wants it."""
    console = make_console(view)
    page = Page(console.width, UNICODE if view.unicode else ASCII)
    readings = explanation.readings
    if explanation.log is not None:
        _draw_log(page, explanation.log, readings)
    if readings:
        page.blank()
        _draw_reading(page, readings[0], in_log=explanation.log is not None)
        if explanation.log is None:
            _draw_others(page, readings[1:])
    else:
        _draw_nothing(page, explanation.log is not None)
    captures = [reading.capture for reading in readings if reading.capture is not None]
    _draw_how_to(page, explanation.how_to, known=bool(readings), captures=captures)
    page.print(console)


def write(explanation: Explanation, view: View) -> None:
    """The answer as JSON, as ``explanation.schema.json`` describes it."""
    view.stream.write(to_json(explanation, indent=2, ascii_only=not view.unicode) + "\n")


def _draw_log(page: Page, log: Log, readings: Sequence[Reading]) -> None:
    name = "standard input" if log.path == "-" else log.path
    page.line((name, STRONG), (f"   {count(log.lines, 'line')}, {size(log.bytes)}", DIM))
    if log.stopped:
        mark = styled((page.symbols.warning, WARNING), " ")
        page.paragraph(styled(f"Not read to its end: {log.stopped}."), first=mark)
    if not readings:
        return
    page.heading("Messages")
    for reading in readings[:_MOST_MESSAGES]:
        lead = styled(f"{reading.lines.count:>9,}  ")
        page.paragraph(styled(f"{_of(reading)}{reading.meaning}"), first=lead)
        page.paragraph(styled((f"{reading.id}   {_place(reading.lines, page)}", DIM)), first=" " * 11)
    if len(readings) > _MOST_MESSAGES:
        page.line((f"{page.symbols.dots} and {len(readings) - _MOST_MESSAGES} more: --format json", DIM))
    page.heading("The most frequent" if len(readings) > 1 else "In full")


def _place(lines: Lines, page: Page) -> str:
    """``lines 12 – 40,000, 2026-03-02 09:14:22 – 2026-03-02 11:00:01``."""
    dash = page.symbols.dash
    place = f"line {lines.first:,}" if lines.first == lines.last else f"lines {lines.first:,} {dash} {lines.last:,}"
    times = [time for time in dict.fromkeys((lines.first_time, lines.last_time)) if time]
    return ", ".join(filter(None, (place, f" {dash} ".join(times))))


def _of(reading: Reading) -> str:
    return f"{reading.product}: " if reading.product else ""


def _draw_reading(page: Page, reading: Reading, *, in_log: bool) -> None:
    if reading.match == "near":
        page.paragraph(styled("Nothing reads exactly like this. Did you mean:"))
        page.paragraph(styled((reading.looks_like or "", STRONG)), first="    ")
        page.blank()
    mark = (page.symbols.failed, FAILED) if reading.confidence == "certain" else (page.symbols.undecided, WARNING)
    page.paragraph(styled((reading.meaning, STRONG)), first=styled(mark, " "))
    unsaid = reading.refused == "none" and reading.confidence != "certain"
    page.paragraph(styled(_UNSAID if unsaid else _REFUSED[reading.refused]), first="  ")
    page.paragraph(styled((_origin(reading), DIM)), first="  ")
    if in_log:
        page.paragraph(styled(reading.lines.text), first=styled((f"  line {reading.lines.first:,}  ", DIM)))
    elif reading.lines.first > 1 or reading.lines.last > 1:
        page.paragraph(styled(f"{_place(reading.lines, page)}: {reading.lines.text}"), first="  ")
    if reading.capture is not None:
        _draw_capture(page, reading.capture)
    page.heading("On the wire")
    page.prose(reading.wire, first="  ")
    in_full = (
        f"certwhy rules show ID --product {reading.settings}" if reading.settings else "in full: certwhy rules show ID"
    )
    page.heading("Causes, the most common first", (f"   {in_full}", DIM))
    for number, cause in enumerate(reading.causes[:_MOST_CAUSES], 1):
        text, keep = prose(cause.text)
        if cause.rule:
            text.append_text(styled("  ", (cause.rule, DIM)))
        page.paragraph(text, first=styled((f"  {number} ", DIM)), keep=keep)
    if len(reading.causes) > _MOST_CAUSES:
        page.line((f"  {page.symbols.dots} and {len(reading.causes) - _MOST_CAUSES} more: --format json", DIM))
    if reading.tell_apart:
        page.heading("How to tell them apart")
        _draw_points(page, reading.tell_apart)
    if reading.remedies:
        page.heading("What to do")
    for who, label in _WHO.items():
        for number, remedy in enumerate(one for one in reading.remedies if one.who == who):
            lead = styled(f"  {'' if number else label:<9}", (page.symbols.dot, DIM), " ")
            page.prose(remedy.text, first=lead)


def _draw_capture(page: Page, there: InCapture) -> None:
    """What the capture says to it: whether it agrees, which packet shows that, and the connection's verdict."""
    page.heading("In the capture", (f"   connection {there.connection} of {there.file}", DIM))
    packet = f" (packet {there.packet})" if there.packet is not None else ""
    page.paragraph(styled(f"It {_AGREES[there.agrees]}: {there.why}{packet}."), first="  ")
    if there.equally_fitting:
        others = count(there.equally_fitting, "other connection")
        page.paragraph(
            styled((f"The message does not say which login it is about: {others} may be meant as well.", DIM)),
            first="  ",
        )
    if there.verdict is None:
        page.paragraph(styled("Why that login ended as it did cannot be said."), first="  ")
    else:
        page.paragraph(styled((there.verdict.headline, STRONG)), first="  ")
        page.paragraph(
            styled((f"{there.verdict.rule}, {there.verdict.confidence}; in full: certwhy read {there.file}", DIM)),
            first="  ",
        )


def _origin(reading: Reading) -> str:
    """``nginx, written by the server``; and how sure that is, where it is not a known message word for word."""
    parts = [reading.product] if reading.product else ["no known message: understood by what it names"]
    if reading.product or reading.printed_by != "either":
        parts.append(_WROTE[reading.printed_by])
    if reading.match != "exact" or reading.confidence != "certain":
        parts.append(reading.confidence)
    if reading.alert is not None:
        parts.append(f"TLS alert {reading.alert}")
    return ", ".join(parts)


def _draw_points(page: Page, points: Sequence[str]) -> None:
    for point in points:
        page.prose(point, first=styled("  ", (page.symbols.dot, DIM), " "))


def _draw_others(page: Page, readings: Sequence[Reading]) -> None:
    if not readings:
        return
    page.heading("Other readings")
    for reading in readings[:_MOST_OTHERS]:
        dot = styled("  ", (page.symbols.dot, DIM), " ")
        page.paragraph(styled(f"{_of(reading)}{reading.meaning}"), first=dot)
        more = [_WROTE[reading.printed_by], reading.confidence, reading.id]
        if reading.match == "near":
            more.append(f'reads "{reading.looks_like}"')
        page.paragraph(styled((", ".join(more), DIM)), first="    ")
    if len(readings) > _MOST_OTHERS:
        page.line((f"  {page.symbols.dots} and {len(readings) - _MOST_OTHERS} more: --format json", DIM))


def _draw_nothing(page: Page, in_log: bool) -> None:
    page.blank()
    what = "No line of it says" if in_log else "This says"
    nothing = "anything" if in_log else "nothing"
    page.paragraph(styled((f"{what} {nothing} about a login with a client certificate.", STRONG)))
    page.paragraph(
        styled("If such a login failed all the same, record it: a capture shows what happened, whatever was logged.")
    )


def _draw_how_to(page: Page, how_to: HowTo, *, known: bool, captures: Sequence[InCapture]) -> None:
    """How to record the login, unless there is a capture of it; how to open it, unless that already says enough."""
    if captures and all(one.agrees == "confirms" for one in captures):
        return
    page.heading("How to see more" if known else "How to record it")
    if not captures:
        page.prose(
            "Where certwhy is on one of the two machines, `certwhy sniff` tells it live. Else run one of these there "
            "with your port, log in, stop it with Ctrl-C, then `certwhy read FILE`.",
            first="  ",
        )
        _draw_recipes(page, how_to.capture)
    page.prose("TLS 1.3 is encrypted: let one end log its keys meanwhile, and add `--keys FILE`.", first="  ")
    _draw_recipes(page, how_to.key_log)


def _draw_recipes(page: Page, recipes: Sequence[Recipe]) -> None:
    for recipe in recipes:
        gap = "\n" if "\n" in recipe.text else " "  # of several steps, each has its own line
        page.prose(f"{recipe.where}:{gap}{recipe.text}", first=styled("  ", (page.symbols.dot, DIM), " "))


def draw_messages(messages: Sequence[KnownMessage], view: View) -> None:
    """Every message that is known, under its product; one a line, separated by tabs, where no person reads."""
    if not view.stream.isatty():
        for known in messages:
            row = (known.entry.id, known.product, known.entry.printed_by, known.entry.examples[0])
            view.stream.write("\t".join(" ".join(styled(cell).plain.split()) for cell in row) + "\n")
        return
    console = make_console(view)
    page = Page(console.width, UNICODE if view.unicode else ASCII)
    product = ""
    for known in sorted(messages, key=lambda known: (known.file, known.product)):
        if known.product != product:
            product = known.product
            page.heading(product)
        lead: Part = styled("  ", known.entry.id, (f"  {known.entry.printed_by}", DIM))
        page.line(lead)
        page.paragraph(Text.styled(styled(known.entry.examples[0]).plain, DIM), first="      ")
    page.blank()
    page.line((count(len(messages), "message"), DIM))
    page.print(console)


def write_messages(messages: Sequence[KnownMessage], view: View) -> None:
    """The same as JSON."""
    facts = [
        {
            "id": known.entry.id,
            "product": known.product,
            "printed_by": known.entry.printed_by,
            "pattern": known.entry.pattern,
            "alert": known.entry.alert,
            "meaning": known.entry.meaning,
            "examples": known.entry.examples,
        }
        for known in messages
    ]
    view.stream.write(to_json(facts, indent=2, ascii_only=not view.unicode) + "\n")
