"""``certwhy read``: captures in, the reason out."""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO, cast

import typer

from analyzer.cli.errors import BAD_INPUT, FAILED_LOGIN, OK
from analyzer.errors import UsageError
from analyzer.render import FORMATS, View, drawer, streamer

if TYPE_CHECKING:
    from analyzer.diagnosis.report import ConnectionReport, Report
    from analyzer.pipeline import Options


class Only(enum.StrEnum):
    """Which connections to tell of."""

    FAILED = "failed"
    ALL = "all"


_BAD_INPUT_KINDS = frozenset(("input-unreadable", "truncated"))


def read(
    captures: Annotated[
        list[str],
        typer.Argument(metavar="CAPTURE...", help="pcap or pcapng files, folders of them, or - for stdin."),
    ],
    client_cert: Annotated[
        list[str] | None,
        typer.Option(
            "--client-cert",
            metavar="FILE",
            help="The certificate that the client meant to use (PEM, DER, PKCS#12).",
        ),
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Password of the --client-cert file, in its first line.")
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", metavar="FILE", help="CA certificates that are known (PEM, DER, or a folder)."),
    ] = None,
    server: Annotated[
        list[str] | None,
        typer.Option(
            "--server",
            metavar="NAME|ADDRESS[:PORT]",
            help="A server that expects a client certificate: not asking for one is then a failure.",
        ),
    ] = None,
    only: Annotated[Only | None, typer.Option(help="Which connections to tell of.")] = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help="How to draw the report.")
    ] = "terminal",
    all_names: Annotated[bool, typer.Option(help="Show every CA name of long lists.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write there instead of standard output.")
    ] = None,
) -> None:
    """Say why the logins in a capture failed."""
    from analyzer.cli.inputs import expand

    if format_ not in FORMATS:
        raise UsageError(f"There is no format {format_!r}.", "one of " + ", ".join(FORMATS))
    options = _options(client_cert or [], trust or [], server or [], password_file, stdin="-" in captures)
    paths = expand(captures)
    title = "certwhy read " + " ".join(captures)
    with _opened(output) as stream:
        view = View(stream, None, cast("Literal['failed', 'all'] | None", only and only.value), all_names, title)
        code = _run(paths, options, view, format_)
    raise typer.Exit(code)


def _options(
    client_certs: list[str], trust: list[str], servers: list[str], password_file: Path | None, *, stdin: bool
) -> Options:
    from analyzer.cli.passwords import password_source
    from analyzer.pipeline import Options
    from analyzer.x509 import load_client_certificate, load_trust

    password = password_source(password_file, stdin_is_input=stdin)
    return Options(
        client_certs=tuple(load_client_certificate(path, password) for path in client_certs),
        trust=tuple(certificate for path in trust for certificate in load_trust(path)),
        servers=tuple(servers),
    )


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        stream = output.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}.") from error
    with stream:
        yield stream


def _run(paths: list[str], options: Options, view: View, format_: str) -> int:
    from analyzer.cli.progress import watched
    from analyzer.pipeline import read_captures

    failures = 0

    def stream_out(connection: ConnectionReport) -> None:
        nonlocal failures
        failures += connection.failed
        draw_connection(connection, view)

    if FORMATS[format_].streams:
        draw_connection = streamer(format_)
        with watched() as progress:
            report = read_captures(paths, options, sink=stream_out, progress=progress)
        _tell_problems(report)
    else:
        with watched() as progress:
            report = read_captures(paths, options, progress=progress)
        failures = sum(connection.failed for connection in report.connections)
        drawer(format_)(report, view)
    if any(problem.kind in _BAD_INPUT_KINDS for problem in report.problems):
        return BAD_INPUT
    return FAILED_LOGIN if failures else OK


def _tell_problems(report: Report) -> None:
    """A stream of connections has no place for problems: they go to standard error."""
    from analyzer.render.safe import safe_text

    for problem in report.problems:
        path = f"{report.inputs[problem.input].path}: " if problem.input is not None else ""
        print(safe_text(f"certwhy: {path}{problem.text}"), file=sys.stderr)
