"""``certwhy read``: captures in, the reason out."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import msgspec
import typer

from analyzer.cli.errors import BAD_INPUT, FAILED_LOGIN, OK, complain
from analyzer.cli.output import opened
from analyzer.cli.rules import Products, RuleFolders, known_products
from analyzer.cli.write import Write, writing
from analyzer.errors import InputUnreadableError, UsageError
from analyzer.render import FORMATS, View, drawer, streamer

if TYPE_CHECKING:
    from analyzer.diagnosis.catalogue import Catalogue
    from analyzer.diagnosis.report import ConnectionReport, Problem, Report
    from analyzer.pipeline import Options, Written
    from analyzer.tls.decryption import ServerKey
    from analyzer.x509 import RevocationList


class Only(enum.StrEnum):
    """Which connections to tell of."""

    FAILED = "failed"
    ALL = "all"


UNREADABLE, TRUNCATED, UNWRITTEN = "input-unreadable", "truncated", "unwritten"
"""Kinds of problems that make the exit code 3."""

Captures = Annotated[
    list[str], typer.Argument(metavar="CAPTURE...", help="Captures, folders of captures, or - for standard input.")
]
ClientCerts = Annotated[
    list[str] | None,
    typer.Option(
        "--client-cert",
        metavar="FILE",
        help="The certificate that the client meant to use: PEM, DER or PKCS#12. May be given several times.",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="Holds the password of --client-cert in its first line."),
]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        "--trust",
        metavar="FILE",
        help="CA certificates: tells roots from intermediates. A file or a folder; may be given several times.",
    ),
]
RevocationLists = Annotated[
    list[str] | None,
    typer.Option(
        "--crl",
        metavar="FILE",
        help="Revocation lists of the clients' CAs: is a certificate on them? PEM or DER; may be given several times.",
    ),
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        metavar="NAME|ADDRESS[:PORT]",
        help="A server that expects a client certificate: not to ask for one is then a failure.",
    ),
]
KeyLogs = Annotated[
    list[str] | None,
    typer.Option(
        "--keys",
        metavar="FILE",
        help="A key log (SSLKEYLOGFILE) of either end: opens TLS 1.3 and renegotiations. May be given several times.",
    ),
]
ServerKeys = Annotated[
    list[str] | None,
    typer.Option("--server-key", metavar="FILE", help="The server's RSA key, for TLS 1.2 with RSA key exchange."),
]
CheckAll = Annotated[
    bool,
    typer.Option("--check-all", help="Check the server's signatures and both Finished of every handshake too."),
]
WhichOnes = Annotated[
    Only | None,
    typer.Option(
        "--only",
        help="Which connections. In a terminal failed ones are told in full unless all are wanted; "
        "json and jsonl hold all unless failed ones are wanted.",
    ),
]
FormatName = Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="How to write the report.")]
AllNames = Annotated[bool, typer.Option("--all-names", help="Show every CA name, however long the list.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write there instead of standard output.")
]


def read(
    captures: Captures,
    client_cert: ClientCerts = None,
    password_file: PasswordFile = None,
    trust: Trust = None,
    crl: RevocationLists = None,
    server: Servers = None,
    keys: KeyLogs = None,
    server_key: ServerKeys = None,
    check_all: CheckAll = False,
    rules: RuleFolders = None,
    only: WhichOnes = None,
    format_: FormatName = "terminal",
    all_names: AllNames = False,
    product: Products = None,
    output: Output = None,
    write: Write = None,
) -> None:
    """Say why the logins in a capture failed: who did what, how sure that is, and who must change what."""
    if format_ not in FORMATS:
        raise UsageError(f'There is no format "{format_}".', f"One of {', '.join(FORMATS)}.")
    from analyzer.cli.inputs import expand
    from analyzer.diagnosis.catalogue import load_catalogue

    options = _options(client_cert or (), trust or (), server or (), password_file, stdin="-" in captures)
    options = msgspec.structs.replace(
        options,
        revocation_lists=revocation_lists(crl),
        key_logs=tuple(keys or ()),
        server_keys=tuple(map(_server_key, server_key or ())),
        check_all=check_all,
    )
    products = known_products(product or ())
    paths, empty = expand(captures)
    run = _Run(len(empty), load_catalogue(rules or ()))
    others = [*paths, *(crl or ()), *(keys or ()), *(server_key or ()), *([output] if output else ())]
    with opened(output, paths) as stream, writing(write, others) as written:
        which = cast("Literal['failed', 'all'] | None", only and only.value)
        view = View(
            stream,
            plain=output is not None,
            only=which,
            all_names=all_names,
            products=products,
            title=" ".join(["certwhy", "read", *captures]),
        )
        if paths and FORMATS[format_].streams:
            run.stream(paths, options, view, format_, written)
        elif paths:
            run.draw(paths, options, view, format_, written)
    for folder in empty:
        complain(f"The folder {folder} holds no capture.")
    raise typer.Exit(run.code)


def revocation_lists(paths: Sequence[str] | None) -> tuple[RevocationList, ...]:
    """All lists of these files."""
    from analyzer.x509 import load_revocation_lists

    return tuple(one for path in paths or () for one in load_revocation_lists(path))


def _server_key(path: str) -> ServerKey:
    from analyzer.tls.decryption import load_server_key

    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputUnreadableError(f"The server key {path} cannot be read: {error.strerror}.") from None
    return load_server_key(path, data)


class _Run:
    """One run over all inputs. It knows its exit code even where the reader of its output has gone."""

    def __init__(self, unreadable: int, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._failed = 0
        self._unreadable = unreadable

    @property
    def code(self) -> int:
        """3 wins over 1."""
        if self._unreadable:
            return BAD_INPUT
        return FAILED_LOGIN if self._failed else OK

    def draw(self, paths: Sequence[str], options: Options, view: View, format_: str, written: Written | None) -> None:
        """Read everything, then draw the report."""
        from analyzer.cli.progress import watched
        from analyzer.pipeline import read_captures

        draw = drawer(format_)
        with watched() as progress:
            report = read_captures(paths, options, progress=progress, catalogue=self._catalogue, written=written)
        self._failed = sum(connection.failed for connection in report.connections)
        shown = _is_shown(format_, view)
        self._note(report, tell=lambda problem: problem.kind in (UNREADABLE, UNWRITTEN) and not shown)
        draw(report, view)

    def stream(self, paths: Sequence[str], options: Options, view: View, format_: str, written: Written | None) -> None:
        """Draw each connection as soon as it is known, and keep none."""
        from analyzer.cli.progress import watched
        from analyzer.pipeline import read_captures

        draw_connection = streamer(format_)

        def take(connection: ConnectionReport) -> None:
            self._failed += connection.failed
            draw_connection(connection, view)

        with watched() as progress:
            report = read_captures(
                paths, options, sink=take, progress=progress, catalogue=self._catalogue, written=written
            )
        self._note(report, tell=lambda problem: True)

    def _note(self, report: Report, tell: Callable[[Problem], bool]) -> None:
        """Count what could not be read or written; say on standard error what the output has no place for."""
        self._unreadable += sum(problem.kind in (UNREADABLE, TRUNCATED, UNWRITTEN) for problem in report.problems)
        for problem in report.problems:
            if tell(problem):
                named = problem.input is not None and problem.kind != UNREADABLE
                complain(f"{report.inputs[problem.input or 0].path}: {problem.text}" if named else problem.text)


def _is_shown(format_: str, view: View) -> bool:
    """The report itself tells a person what could not be read."""
    return format_ == "terminal" and view.stream is sys.stdout


def _options(
    client_certs: Sequence[str],
    trust: Sequence[str],
    servers: Sequence[str],
    password_file: Path | None,
    *,
    stdin: bool,
) -> Options:
    from analyzer.cli.passwords import password_source
    from analyzer.pipeline import Options
    from analyzer.x509 import load_client_certificate, load_trust

    return Options(
        client_certs=tuple(
            load_client_certificate(path, password_source(path, password_file, stdin_is_input=stdin))
            for path in client_certs
        ),
        trust=tuple(certificate for path in trust for certificate in load_trust(path)),
        servers=tuple(servers),
    )
