"""What is wrong with one predicate before it is asked anything: its imports, its loading, its signature."""

from __future__ import annotations

import ast
import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from analyzer.diagnosis.catalogue import Check, load_check
from analyzer.diagnosis.complaint import Complaint
from analyzer.errors import RulePageError

ALLOWED = "analyzer.rule_api"


def check_predicate(path: Path, stage: str) -> tuple[Check | None, list[Complaint]]:
    """Read, load and inspect a predicate; None where it cannot be asked. Its code runs."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except FileNotFoundError:
        page = path.with_suffix(".toml")
        return None, [Complaint(page, 1, f"the predicate {path.name} is missing beside the page")]
    except OSError as error:
        return None, [Complaint(path, 1, f"the predicate cannot be read: {error.strerror}")]
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        return None, [Complaint(path, line, f"this is not Python: {getattr(error, 'msg', error)}")]
    found = [Complaint(path, line, text) for line, text in _import_faults(tree)]
    try:
        check = load_check(path, stage)
    except RulePageError as error:
        found.append(_loading_complaint(path, error))
        return None, found
    fault = _signature_fault(check)
    if fault:
        found.append(Complaint(path, _line_of_check(tree), fault))
        return None, found
    return check, found


def line_within(path: Path, check: Check | None = None, error: BaseException | None = None) -> int:
    """The line of this file that an error came through last; where none did, that of ``check``, or the first."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else ()
    lines = [frame.lineno for frame in frames if frame.filename == os.path.abspath(path) and frame.lineno]
    code = getattr(check, "__code__", None)
    return lines[-1] if lines else code.co_firstlineno if code is not None else 1


def _loading_complaint(path: Path, error: RulePageError) -> Complaint:
    cause = error.__cause__
    if cause is None:
        return Complaint(path, 1, "there is no function check(case)")
    return Complaint(path, line_within(path, error=cause), f"the predicate cannot be loaded: {cause!r}")


def _import_faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A rule imports ``analyzer.rule_api`` and the standard library."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = ["." * node.level + (node.module or "")]
        else:
            continue
        for module in modules:
            if module != ALLOWED and module.split(".")[0] not in sys.stdlib_module_names:
                yield node.lineno, f"a rule imports only {ALLOWED} and the standard library, not {module}"


def _signature_fault(check: Check) -> str:
    if not callable(check):
        return "check must be a function, check(case)"
    if inspect.iscoroutinefunction(check) or inspect.isgeneratorfunction(check):
        return "check must be an ordinary function that returns a Match or None"
    try:
        inspect.signature(check).bind(object())
    except (TypeError, ValueError):
        return "check must take the case and nothing else: check(case)"
    return ""


def _line_of_check(tree: ast.Module) -> int:
    """Where ``check`` is defined, or given a value."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == "check":
            return node.lineno
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "check" for t in node.targets):
            return node.lineno
    return 1
