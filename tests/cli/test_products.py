"""``--product``: the fixes for what either side runs."""

from __future__ import annotations

import pytest

from analyzer.cli.rules import known_products
from analyzer.errors import UsageError
from tests.cli.command import capture, certwhy


def test_a_report_for_one_product() -> None:
    ran = certwhy("read", capture("never-asked-curl-nginx"), "--server", "shop.example", "--product", "HTTP.sys")
    assert ran.code == 1
    assert "clientcertnegotiation=enable" in ran.out
    assert "ssl_verify_client" not in ran.out


def test_a_rule_for_one_product() -> None:
    ran = certwhy("rules", "show", "chain-too-long", "--product", "nginx")
    assert "ssl_verify_depth 3" in ran.out
    assert "AH02040 is no longer logged" not in ran.out
    assert "AH02040 is no longer logged" in certwhy("rules", "show", "chain-too-long").out


def test_a_product_that_nobody_knows() -> None:
    ran = certwhy("rules", "show", "chain-too-long", "--product", "nginy")
    assert ran.code == 2
    assert 'No settings are known for "nginy"' in ran.err
    assert "--product nginx" in ran.err


def test_products_by_their_names() -> None:
    assert known_products(["IIS", "apache HTTPD", "edge"]) == {"iis", "apache", "chromium"}
    with pytest.raises(UsageError, match="zzz"):
        known_products(["nginx", "zzz"])
