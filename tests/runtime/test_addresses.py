"""The compiler and a generated package know the same metadata addresses."""

from __future__ import annotations

import pytest

from naftiko_gen.diagnostics.report import Report
from naftiko_gen.diagnostics.span import Span
from naftiko_gen.resolve.hosts import check_host
from naftiko_runtime.serving.listening import dangers

METADATA = (
    "169.254.169.254",
    "169.254.169.254.",
    "%31%36%39.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.16689662",
    "[::ffff:169.254.169.254]",
    "[::ffff:0:169.254.169.254]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "[2002:6464:64c8::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fd00:ec2::254]",
    "[fd00:ec2::1]",
    "[fd20:ce::254]",
    "[fd00:c1::a9fe:a9fe]",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "metadata",
    "metadata.goog",
    "Metadata.Google.Internal.",
    "metadata%2Egoogle%2einternal",
    "instance-data",
    "instance-data.ec2.internal.",
)
OTHERS = (
    "api.example.com",
    "localhost",
    "127.0.0.1",
    "10.0.0.1",
    "1.2.3.4.5",
    "0x100000000",
    "999.1.1.1",
    "[::1]",
    "[::]",
    "[2001:db8::a9fe:a9fe]",
    "[64:ff9b::808:808]",
    "[2002:808:808::]",
    "[fd20:ce::253]",
    "[fd00:c1::1]",
    "metadata.example.com",
)


def is_known_to_the_compiler(address: str) -> bool:
    report = Report("spec.yaml")
    check_host(address, Span(1, 1, 1), report)
    return bool(report.diagnostics)


def is_known_to_a_package(address: str) -> bool:
    return bool(list(dangers({"BASE_URI": address}, ["BASE_URI"], ())))


@pytest.mark.parametrize("host", METADATA + OTHERS)
def test_both_know_the_same_addresses(host: str) -> None:
    address = f"http://{host}/latest"
    is_metadata = host in METADATA

    assert is_known_to_the_compiler(address) is is_metadata
    assert is_known_to_a_package(address) is is_metadata
