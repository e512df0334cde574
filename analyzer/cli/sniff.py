"""``certwhy sniff``: logins as they fail, from a network interface."""

from __future__ import annotations

import importlib
import os
from typing import Annotated

import typer

from analyzer.cli.errors import BAD_INPUT, FAILED_LOGIN, OK
from analyzer.cli.output import opened
from analyzer.cli.read import Only, RevocationLists, Servers, revocation_lists
from analyzer.cli.rules import RuleFolders
from analyzer.cli.write import DEFAULT_FILES, DEFAULT_SIZE, Turns, Write, WriteFiles, WriteSize, parse_size, writing
from analyzer.errors import UsageError
from analyzer.render import View

DEFAULT_FILTER = "tcp"

Interfaces = Annotated[
    list[str] | None,
    typer.Argument(metavar="[INTERFACE...]", help="By default that of the default route; lo for this machine itself."),
]


def sniff(
    interfaces: Interfaces = None,
    filter_: Annotated[
        str,
        typer.Option(
            "--filter",
            metavar="BPF",
            help="Which packets, in the syntax of tcpdump. TLS inside a tunnel: `tcp or proto 47` for GRE, "
            "`tcp or udp port 4789` for VXLAN.",
        ),
    ] = DEFAULT_FILTER,
    keys: Annotated[
        list[str] | None,
        typer.Option("--keys", metavar="FILE", help="A key log (SSLKEYLOGFILE); it is followed while it grows."),
    ] = None,
    server: Servers = None,
    crl: RevocationLists = None,
    rules: RuleFolders = None,
    only: Annotated[Only, typer.Option("--only", help="Which logins to tell of.")] = Only.ALL,
    format_: Annotated[str, typer.Option("--format", metavar="terminal|jsonl", help="How to tell them.")] = "terminal",
    count: Annotated[
        int, typer.Option("--count", metavar="N", min=0, help="Stop after so many logins that were told of.")
    ] = 0,
    duration: Annotated[float, typer.Option("--duration", metavar="SECONDS", min=0, help="Stop after so long.")] = 0,
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="Give up root for this user once the socket is open.")
    ] = None,
    write: Write = None,
    write_size: WriteSize = DEFAULT_SIZE,
    write_files: WriteFiles = DEFAULT_FILES,
) -> None:
    """Watch an interface and say of each login with a client certificate why it fails, as it happens."""
    if format_ not in ("terminal", "jsonl"):
        raise UsageError(f'There is no format "{format_}" for a watch.', "One of terminal, jsonl.")
    from analyzer.capture.live import LiveCapture, default_interface
    from analyzer.cli.told import teller
    from analyzer.cli.watch import Watch
    from analyzer.diagnosis.catalogue import load_catalogue
    from analyzer.pipeline import Options

    logs, turns = tuple(keys or ()), Turns(parse_size(write_size), write_files)
    names = interfaces or [default_interface()]
    options = Options(servers=tuple(server or ()), revocation_lists=revocation_lists(crl))
    catalogue = load_catalogue(rules or ())
    capture = LiveCapture(names, filter_)
    try:
        if user is not None:
            _load_the_rest()
            _become(user)
        with opened(None) as stream, writing(write, logs, turns) as written:
            view = View(stream, only="failed" if only is Only.FAILED else None, title="certwhy sniff")
            told = teller(view, format_, names, "" if filter_ == DEFAULT_FILTER else filter_)
            watch = Watch(view, told, count, options, catalogue, logs, written)
            watch.run(capture, duration)
    finally:
        capture.close()
    bad = capture.ended or (written is not None and written.unwritten)
    raise typer.Exit(BAD_INPUT if bad else FAILED_LOGIN if watch.tally.failed else OK)


USED_LATE = ("rich.live", *(f"analyzer.render.{name}" for name in ("comments", "jsonl", "lines", "terminal")))


def _load_the_rest() -> None:
    """Load what a watch loads on first use: the folders of certwhy and of Python may be readable for root alone."""
    from rich.cells import cell_len

    from analyzer.diagnosis.actions import action_names, find_action
    from analyzer.stacks import known_stacks
    from analyzer.tls.codepoints import cipher_suite_name

    for name in USED_LATE:
        importlib.import_module(name)
    cell_len("→")  # beyond ASCII rich looks into a table
    cipher_suite_name(0)
    known_stacks()
    for action in action_names():
        find_action(action)


def _become(user: str) -> None:
    """Give up root; the socket that is open stays open."""
    import pwd

    try:
        entry = pwd.getpwnam(user)
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    except KeyError:
        raise UsageError(f"There is no user {user} on this machine.") from None
    except PermissionError:
        raise UsageError(f"Only root can become {user}.", "Leave --user away, or run it with sudo.") from None
