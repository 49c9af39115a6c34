"""What the service calls: public addresses only, resolved once, whatever they are wrapped in."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address

import pytest

from mindshare.core.errors import MindshareError
from mindshare.engine.addresses import may_reach
from mindshare.web.outgoing import target_of

PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
    "::1", "::", "fe80::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe",
    "2001:db8::1", "2001:0:7f00:1::",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_reached_however_it_is_wrapped(address: str) -> None:
    assert not may_reach(ip_address(address))


def test_a_public_address_is_reached_and_a_private_one_where_the_settings_say_so() -> None:
    assert may_reach(ip_address("93.184.216.34")) and may_reach(ip_address("2606:2800:220:1::1"))
    assert may_reach(ip_address("10.1.2.3"), ["10.0.0.0/8"]) and not may_reach(
        ip_address("10.1.2.3"), ["10.2.0.0/16"]
    )
    assert may_reach(ip_address("::ffff:10.1.2.3"), ["10.0.0.0/8"])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "gopher://x", "//example.org", "example.org", "http://", "http:///x", "http://a b/",
        "http://user:word@example.org/", "http://example.org\\@127.0.0.1/", "http://example.org:0/", "http://example.org:99999/",
        "http://example.org/\r\nHost: x", "http://[::1", "http://exämple.org/", "http://example.org/#x", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(MindshareError, match="address"):
        asyncio.run(target_of(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "https://[::1]/",
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused_before_it_is_called(url: str) -> None:
    with pytest.raises(MindshareError, match=r"private address|leads to no address"):
        asyncio.run(target_of(url))


def test_the_call_goes_to_the_address_that_was_looked_at_under_the_name_that_was_given() -> None:
    target = asyncio.run(target_of("http://localhost:8000/a?b=1", ["127.0.0.0/8", "::1/128"]))
    assert target.url in ("http://127.0.0.1:8000/a?b=1", "http://[::1]:8000/a?b=1")
    assert target.host == "localhost:8000" and target.name == "localhost"
