"""The certificate for phones: made once, named for the addresses, and good for nothing else."""

from __future__ import annotations

import ssl
from ipaddress import IPv4Address
from pathlib import Path

import psutil
import pytest
from cryptography import x509

from capture.errors import ConfigError
from worker import lan

ADDRESSES = [IPv4Address("192.168.1.20"), IPv4Address("10.0.0.3")]


@pytest.fixture(autouse=True)
def _addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "addresses", lambda: ADDRESSES)


def test_the_certificate_names_the_addresses_and_stays(tmp_path: Path) -> None:
    made = lan.lan(tmp_path / "lan")
    leaf, authority = x509.load_pem_x509_certificates(made.certificate.read_bytes())
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(ADDRESSES) < set(names.get_values_for_type(x509.IPAddress))
    leaf.verify_directly_issued_by(authority)
    assert made.address == "192.168.1.20"
    assert made.key.stat().st_mode & 0o077 == 0
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(made.certificate, made.key)
    before = made.certificate.read_bytes()
    assert lan.lan(tmp_path / "lan").certificate.read_bytes() == before


def test_a_new_address_gets_a_certificate_of_the_same_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = lan.authority_of(lan.lan(tmp_path / "lan").certificate)
    monkeypatch.setattr(lan, "addresses", lambda: [IPv4Address("172.20.0.9")])
    assert lan.authority_of(lan.lan(tmp_path / "lan").certificate) == before


def test_the_authority_signs_for_no_address_outside(tmp_path: Path) -> None:
    made = lan.lan(tmp_path / "lan")
    _, authority = x509.load_pem_x509_certificates(made.certificate.read_bytes())
    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert allowed.critical
    networks = [str(one.value) for one in allowed.value.permitted_subtrees or []]
    assert networks == [*lan.PRIVATE, "localhost"]


def test_an_address_that_is_not_private_is_allowed_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "addresses", lambda: [IPv4Address("192.0.2.7")])
    _, authority = x509.load_pem_x509_certificates(lan.lan(tmp_path / "lan").certificate.read_bytes())
    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    assert "192.0.2.7/32" in [str(one.value) for one in allowed]


def test_without_a_network_there_is_nothing_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(psutil, "net_if_addrs", dict)
    with pytest.raises(ConfigError, match="no address in a network"):
        lan.addresses()
