"""Where the password of a PKCS#12 bundle or an encrypted key comes from: a file, or the person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from analyzer.errors import InputUnreadableError, PasswordNeededError


def password_source(path: str, password_file: Path | None, *, stdin_is_input: bool) -> Callable[[], str]:
    """A function that gives the password of the file at ``path``, should it turn out to be needed."""

    def from_file() -> str:
        assert password_file is not None
        try:
            return password_file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
        except OSError as error:
            raise InputUnreadableError(f"The password file {password_file} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise InputUnreadableError(f"The password file {password_file} is no UTF-8 text.") from None

    def ask() -> str:
        if stdin_is_input or not sys.stdin.isatty():
            raise PasswordNeededError(
                f"{path} is encrypted, and there is no terminal to ask for its password.",
                "Write the password into a file and name that with --password-file.",
            )
        answer: str = typer.prompt(f"Password of {path}", hide_input=True, err=True)
        return answer

    return from_file if password_file is not None else ask
