"""The local network: where phones find this machine, and the certificate with which it answers them.

An authority of this installation alone signs the certificate, so that a phone which trusts it once trusts the next one
too; the authority may sign for private addresses and this machine's own, and for nothing else.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from capture.errors import ConfigError

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")
"""What stays within a network. Source: RFC 1918, RFC 3927."""

LOCALHOST = "localhost"
LEAF_DAYS = 397
"""How long phones accept a certificate at most. Source: CA/Browser Forum, ballot SC31."""

AUTHORITY_DAYS = 3_650
RENEWED_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Lan:
    """How phones reach this machine. `certificate`: PEM, the authority's behind the machine's own."""

    address: str
    certificate: Path
    key: Path


def lan(folder: Path) -> Lan:
    """Return where phones reach this machine, with a certificate for its addresses, made in `folder` if need be.

    Raises: ConfigError (`lan_missing`).
    """
    found = addresses()
    folder.mkdir(mode=0o700, exist_ok=True)
    made = Lan(str(found[0]), folder / "certificate.pem", folder / "key.pem")
    if not _serves(made.certificate, found) or not made.key.exists():
        _make(folder, made, found)
    return made


def addresses() -> list[IPv4Address]:
    """Return this machine's addresses in its networks; first the one from which it reaches others.

    Raises: ConfigError (`lan_missing`).
    """
    found = [
        IPv4Address(one.address)
        for of_card in psutil.net_if_addrs().values()
        for one in of_card
        if one.family == socket.AF_INET and not IPv4Address(one.address).is_loopback
    ]
    if not found:
        raise ConfigError("lan_missing", "This machine has no address in a network")
    outward = _outward()
    return sorted(set(found), key=lambda address: (address != outward, address))


def _outward() -> IPv4Address | None:
    """Return the address from which others are reached; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # Source: RFC 5737, an address of nobody
        except OSError:
            return None
        return IPv4Address(probe.getsockname()[0])


def authority_of(certificate: Path) -> bytes:
    """Return the authority's certificate (DER) out of the file that a `Lan` names."""
    authority = x509.load_pem_x509_certificates(certificate.read_bytes())[-1]
    return authority.public_bytes(serialization.Encoding.DER)


def _serves(path: Path, found: list[IPv4Address]) -> bool:
    """Tell whether the certificate that is there names all addresses and lasts."""
    if not path.exists():
        return False
    leaf = x509.load_pem_x509_certificates(path.read_bytes())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    named = set(names.get_values_for_type(x509.IPAddress))
    return set(found) <= named and leaf.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE


def _make(folder: Path, made: Lan, found: list[IPv4Address]) -> None:
    authority, signing = _authority(folder, found)
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.IPAddress(one) for one in [*found, IPv4Address("127.0.0.1")]]
    leaf = (
        _builder(f"MotoMind Capture on {socket.gethostname()}"[:64], authority.subject, key, LEAF_DAYS)
        .add_extension(x509.SubjectAlternativeName([*names, x509.DNSName(LOCALHOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .sign(signing, hashes.SHA256())
    )
    _write(made.key, _pem(key))
    chain = [one.public_bytes(serialization.Encoding.PEM) for one in (leaf, authority)]
    _write(made.certificate, b"".join(chain))


def _authority(folder: Path, found: list[IPv4Address]) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return the authority of this installation, made anew where it may not sign for all addresses."""
    path, key_path = folder / "authority.pem", folder / "authority-key.pem"
    if path.exists() and key_path.exists():
        there = x509.load_pem_x509_certificate(path.read_bytes())
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        lasts = there.not_valid_after_utc - datetime.now(UTC) > timedelta(days=LEAF_DAYS)
        if lasts and isinstance(key, ec.EllipticCurvePrivateKey) and _may_sign(there, found):
            return there, key
    key = ec.generate_private_key(ec.SECP256R1())
    private = [IPv4Network(one) for one in PRIVATE]
    allowed = private + [IPv4Network(one) for one in found if not any(one in network for network in private)]
    limits = x509.NameConstraints([*map(x509.IPAddress, allowed), x509.DNSName(LOCALHOST)], None)
    signing = x509.KeyUsage(False, False, False, False, False, True, True, False, False)  # noqa: FBT003 (its order)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"MotoMind Capture of {socket.gethostname()}"[:64])])
    made = (
        _builder(f"MotoMind Capture of {socket.gethostname()}"[:64], name, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signing, critical=True)
        .add_extension(limits, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(key_path, _pem(key))
    _write(path, made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _may_sign(authority: x509.Certificate, found: list[IPv4Address]) -> bool:
    allowed = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    networks = [one.value for one in allowed if isinstance(one.value, ipaddress.IPv4Network)]
    return all(any(address in network for network in networks) for address in found)


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # phones' clocks
        .not_valid_after(now + timedelta(days=days))
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    new.replace(path)
