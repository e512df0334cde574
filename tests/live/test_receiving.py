"""Receiving from interfaces: nothing lost or doubled unsaid, and interfaces that go down, come back, or are removed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.live.namespaces import ROOT, SNIFF, in_namespace, may_capture

pytestmark = may_capture
both_ways = pytest.mark.parametrize("how", ["rings", "threads"])


def received(how: str, scenario: str, folder: Path) -> Any:
    ran = in_namespace(f"cd {ROOT} && {sys.executable} -m tests.live.receive {how} {scenario}", folder)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@both_ways
def test_frames_come_whole_and_in_order(how: str, tmp_path: Path) -> None:
    assert received(how, "all_sizes", tmp_path) == {
        "in order": True,
        "numbers": True,
        "sizes": True,
        "now": True,
        "counts": [500, 0, 0],
    }


@both_ways
def test_what_came_before_the_filter_was_there_is_not_counted_as_dropped(how: str, tmp_path: Path) -> None:
    """Scapy's socket takes in everything until it has its filter, into a buffer of no size."""
    assert received(how, "opened_amid_traffic", tmp_path) == {"counts": [0, 0, 0]}


@both_ways
def test_two_interfaces_are_told_in_the_order_of_time(how: str, tmp_path: Path) -> None:
    assert received(how, "two_interfaces", tmp_path) == {"in order": True}


def test_a_ring_that_is_refused_undoes_the_others(tmp_path: Path) -> None:
    assert received("rings", "second_ring_is_refused", tmp_path) == {"in order": True, "asked": 2}


@both_ways
def test_a_frame_on_loopback_comes_once(how: str, tmp_path: Path) -> None:
    assert received(how, "loopback", tmp_path) == {"numbers": True}


def test_a_frame_on_loopback_comes_once_where_the_kernel_hands_over_both(tmp_path: Path) -> None:
    assert received("rings", "loopback_before_linux_4_20", tmp_path) == {"numbers": True}


@both_ways
def test_a_vlan_tag_is_put_back(how: str, tmp_path: Path) -> None:
    assert received(how, "vlan", tmp_path) == {"as sent": True}


@both_ways
def test_what_finds_no_place_is_counted(how: str, tmp_path: Path) -> None:
    assert received(how, "overflow", tmp_path) == {"some dropped": True, "adds up": True}


@both_ways
def test_an_interface_that_comes_back_is_received_from_again(how: str, tmp_path: Path) -> None:
    down = "Interface watched0 is down; the watch goes on when it is up again."
    assert received(how, "down_and_up", tmp_path) == {
        "numbers": [1, 2],
        "news": [down, "Interface watched0 is up again.", down],
        "alive": [True, False],
        "ended": {"watched0": "No such device"},
    }


def test_sniff_survives_an_interface_that_restarts(tmp_path: Path) -> None:
    script = (
        "ip link add here type veth peer name there; ip link set here up; ip link set there up; "
        f"{SNIFF} here >out 2>err & W=$!; watching 1; "
        "ip link set here down; sleep 1; ip link set here up; sleep 1; kill -TERM $W; wait $W; echo rc $?"
    )
    ran = in_namespace(script, tmp_path)
    said = (tmp_path / "err").read_text().splitlines()
    assert "rc 0" in ran.stdout, said
    assert said[:2] == [
        "certwhy: Interface here is down; the watch goes on when it is up again.",
        "certwhy: Interface here is up again.",
    ]
    assert "went away" not in "".join(said)


def test_the_last_interface_that_is_removed_ends_the_watch(tmp_path: Path) -> None:
    """The first one that is removed is only said; the last one ends it."""
    script = (
        "ip link add one type veth peer name two; ip link set one up; "
        "ip link add three type veth peer name four; ip link set three up; "
        f"{SNIFF} one three >out 2>err & W=$!; watching 2; ip link del one; sleep 1; "
        "kill -0 $W && echo alive; ip link del three; wait $W; echo rc $?"
    )
    ran = in_namespace(script, tmp_path)
    assert ran.stdout.split() == ["alive", "rc", "3"]
    said = (tmp_path / "err").read_text()
    assert "Interface one went away: No such device." in said
    assert "Interface three went away: No such device." in said
