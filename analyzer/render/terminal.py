"""``--format terminal``: the report for a person who has a ticket open.

First what was read, then the answer. One connection is one screen. Many are a table first, in which the same
story is one row, and then each failed story told once. What limited the analysis stands at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from analyzer.diagnosis.report import InputReport, Problem, Report
from analyzer.model import Severity
from analyzer.render.console import make_console
from analyzer.render.numbers import count
from analyzer.render.stories import Story, group, other_findings
from analyzer.render.terminal_page import ASCII, DIM, FAILED, STRONG, UNICODE, WARNING, Page, Part, styled
from analyzer.render.terminal_story import draw_good_login, draw_story
from analyzer.render.terminal_summary import draw_summary
from analyzer.render.view import View

UNREADABLE = "unreadable"
"""The format of an input that could not be opened."""
MOST_TOLD = 20
"""Stories that are told in full, unless all are wanted."""
_MOST_INPUTS = 12
_MOST_EXAMPLES = 4
"""Of one kind of problem."""


def draw(report: Report, view: View) -> None:
    """Write the report; coloured where the stream is a terminal that wants it (NO_COLOR, TERM=dumb)."""
    console = make_console(view)
    compose(report, view, console.width, unicode=view.unicode).print(console)


def compose(report: Report, view: View, width: int, *, unicode: bool) -> Page:
    """Lay the whole report out."""
    page = Page(width, UNICODE if unicode else ASCII)
    _draw_inputs(page, report.inputs, _found(report))
    stories = group(report.connections)
    if len(report.connections) == 1:
        _draw_single(page, stories[0], view)
    elif stories:
        _draw_many(page, stories, view, report.inputs)
    elif any(one.format != UNREADABLE for one in report.inputs):
        page.blank()
        page.line("No TLS connection was found.")
    _draw_problems(page, report.problems, report.inputs)
    return page


def _found(report: Report) -> list[Part]:
    """``   3 TLS connections, 1 failed``."""
    if not report.connections:
        return []
    failed = sum(connection.failed for connection in report.connections)
    unknown = sum(connection.verdict is None for connection in report.connections)
    found: list[Part] = [
        f"   {count(len(report.connections), 'TLS connection')}, ",
        (f"{failed:,} failed", FAILED) if failed else "none seen to fail" if unknown else "none failed",
    ]
    return [*found, f", {unknown:,} not visible"] if unknown else found


def _draw_inputs(page: Page, inputs: Sequence[InputReport], found: list[Part]) -> None:
    if len(inputs) > _MOST_INPUTS:
        packets = sum(one.packets for one in inputs)
        _draw_input(page, f"{len(inputs):,} captures", (f"   {count(packets, 'packet')}", DIM), found)
        return
    for index, one in enumerate(inputs):
        size = (f"   {count(one.packets, 'packet')}", DIM)
        if one.format == UNREADABLE:
            size = ("   not read", WARNING)
        name = "standard input" if one.path == "-" else one.path
        _draw_input(page, name, size, found if index == len(inputs) - 1 else [])


def _draw_input(page: Page, name: str, size: tuple[str, str], found: list[Part]) -> None:
    """One line, or two where it would be too long for one."""
    line = styled((name, STRONG), size)
    ending = styled(*found)
    if cell_len(line.plain + ending.plain) > page.width:
        page.lines.append(line)
        line = styled()
    page.lines.append(line.append_text(ending))


def _draw_single(page: Page, story: Story, view: View) -> None:
    """In full, unless all is well."""
    report = story.first
    fine = story.severity is Severity.NOTE
    warned = any(f.severity >= Severity.WARNING for f in other_findings(report, []))
    if fine and not warned and view.only != "all":
        draw_good_login(page, report)
    else:
        draw_story(page, story, view)


def _draw_many(page: Page, stories: Sequence[Story], view: View, inputs: Sequence[InputReport]) -> None:
    whole = view.only == "all"
    told = list(stories) if whole else [s for s in stories if s.severity in (Severity.FAILURE, Severity.WARNING)]
    left_out = 0 if whole else max(0, len(told) - MOST_TOLD)
    told = told[: len(told) - left_out]
    draw_summary(page, stories, len(told), whole=whole)
    for number, story in enumerate(told, 1):
        page.blank()
        page.line((page.symbols.line * page.width, DIM))
        capture = inputs[story.first.input].path if len(inputs) > 1 else ""
        draw_story(page, story, view, number=number, capture=capture)
    if left_out:
        page.blank()
        page.line((f"{page.symbols.dots} and {count(left_out, 'more story', 'more stories')}: --only all", DIM))


def _draw_problems(page: Page, problems: Sequence[Problem], inputs: Sequence[InputReport]) -> None:
    """What limited the analysis: each kind once, with how often and an example."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind, []).append(problem)
    if not kinds:
        return
    page.heading("Limits of this analysis")
    mark = styled("  ", (page.symbols.warning, WARNING), " ")
    for members in kinds.values():
        examples = list({problem.text: problem for problem in reversed(members)}.values())[::-1]
        for problem in examples[:_MOST_EXAMPLES]:
            page.paragraph(styled(problem.text, (_where(problem, inputs), DIM)), first=mark)
        more = len(members) - min(len(examples), _MOST_EXAMPLES)
        if more:
            page.line(
                (f"    {page.symbols.dots} and {more:,} more like {'it' if len(examples) == 1 else 'these'}", DIM)
            )


def _where(problem: Problem, inputs: Sequence[InputReport]) -> str:
    parts = []
    if problem.connection is not None:
        parts.append(f"connection {problem.connection}")
    if problem.packet is not None:
        parts.append(f"packet {problem.packet}")
    if problem.input is not None and problem.input < len(inputs) and len(inputs) > 1:
        parts.append(inputs[problem.input].path)
    return f"   {', '.join(parts)}" if parts else ""
