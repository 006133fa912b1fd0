"""The hub's own certificate authority, and the certificate that its server shows (design §5, decision 0013).

authority.pem   the authority's certificate: units pin it, tablets get it; its fingerprint stands in pairing codes
authority.key   the authority's private key, mode 600; a backup of the hub holds both, for no other key can replace it
server.pem      the server's key and certificate in one file, mode 600: replaced in one piece, made anew at will

Browsers refuse Ed25519, so these keys are P-256 and have nothing to do with those that sign receipts and feeds.
"""

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.runtime.postgres_faults import DatabaseFault
from shared.kernel.clock import DAY_MS

AUTHORITY_FILE = "authority.pem"
AUTHORITY_KEY_FILE = "authority.key"
SERVER_FILE = "server.pem"
FILES = (AUTHORITY_FILE, AUTHORITY_KEY_FILE, SERVER_FILE)
AUTHORITY_MS = 20 * 365 * DAY_MS
SERVER_MS = 90 * DAY_MS
RENEW_MS = SERVER_MS // 3
"""A server's certificate with less than this left is made anew."""
EARLIER_MS = 2 * DAY_MS
"""Certificates begin so much before they are made: clocks of units and tablets go wrong."""
Chance = Callable[[int], bytes]


class AuthorityBroken(DatabaseFault):
    """One half of the authority is lost or damaged; a new one would be a stranger to every unit."""

    code = "hub.authority_broken"
    sentence = (
        "{file} in {folder} cannot be used ({reason}). Put authority.pem and authority.key back from the hub's backup: "
        "units trust no other authority. Only a hub that no unit knows yet may make new ones; then remove both files."
    )


class Authority:
    """A hub's own authority in its folder."""

    def __init__(self, folder: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.folder = folder
        self._certificate = certificate
        self._key = key

    @property
    def pem(self) -> str:
        """The certificate that units pin."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def server_file(self, names: Iterable[str], *, now_ms: int, chance: Chance) -> Path:
        """Key and certificate of the server for these host names and addresses.

        Made anew when a third of its time is left, when the names are others, or when another authority signed it.
        """
        path, wanted = self.folder / SERVER_FILE, _alternative_names(names)
        if not self._still_good(path, wanted, now_ms):
            key = ec.generate_private_key(ec.SECP256R1())
            certificate = self._sign_server(key.public_key(), wanted, now_ms=now_ms, chance=chance)
            _write(path, _key_bytes(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _still_good(self, path: Path, wanted: list[x509.GeneralName], now_ms: int) -> bool:
        try:
            data = path.read_bytes()
            certificate = x509.load_pem_x509_certificate(data)
            key = serialization.load_pem_private_key(data, password=None)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            certificate.verify_directly_issued_by(self._certificate)
        except Exception:  # whatever is wrong with it: another is made in its place
            return False
        lasts = certificate.not_valid_after_utc > _at(now_ms + RENEW_MS)
        return lasts and key.public_key() == certificate.public_key() and list(names) == wanted

    def _sign_server(
        self, key: ec.EllipticCurvePublicKey, names: list[x509.GeneralName], *, now_ms: int, chance: Chance
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tillhouse hub")])
        times_ms = now_ms - EARLIER_MS, now_ms + SERVER_MS
        builder = _builder(subject, self._certificate.subject, key, times_ms=times_ms, chance=chance)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _signed(builder, self._key)


def fingerprint(pem: str) -> str:
    """SHA-256 over a certificate's DER bytes, hex: what a pairing code carries."""
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()


def read_or_make_authority(folder: Path, *, now_ms: int, chance: Chance) -> Authority:
    """The authority of a hub's folder, made on the first call; AuthorityBroken when half of it is there."""
    certificate_path, key_path = folder / AUTHORITY_FILE, folder / AUTHORITY_KEY_FILE
    if not certificate_path.exists():  # a key alone is of a first start that was cut short: nobody has seen it yet
        key = ec.generate_private_key(ec.SECP256R1())
        _write(key_path, _key_bytes(key))
        _write(certificate_path, _own_certificate(key, now_ms=now_ms, chance=chance), mode=0o644)
    try:
        certificate = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    except (OSError, ValueError) as problem:
        raise AuthorityBroken(file=AUTHORITY_FILE, folder=folder, reason=_said(problem)) from problem
    try:
        found = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as problem:
        raise AuthorityBroken(file=AUTHORITY_KEY_FILE, folder=folder, reason=_said(problem)) from problem
    if not isinstance(found, ec.EllipticCurvePrivateKey) or found.public_key() != certificate.public_key():
        raise AuthorityBroken(file=AUTHORITY_KEY_FILE, folder=folder, reason="it belongs to another certificate")
    return Authority(folder, certificate, found)


def _own_certificate(key: ec.EllipticCurvePrivateKey, *, now_ms: int, chance: Chance) -> bytes:
    """The authority's own; a piece of chance in its name tells the authorities of two hubs apart on a tablet."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Tillhouse authority {chance(4).hex()}")])
    times_ms = now_ms - EARLIER_MS, now_ms + AUTHORITY_MS
    builder = _builder(name, name, key.public_key(), times_ms=times_ms, chance=chance)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
    return _signed(builder, key).public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, times_ms: tuple[int, int], chance: Chance
) -> x509.CertificateBuilder:
    serial = int.from_bytes(chance(20), "big") >> 1 or 1
    builder = x509.CertificateBuilder().issuer_name(issuer).subject_name(subject).public_key(key)
    builder = builder.serial_number(serial).not_valid_before(_at(times_ms[0])).not_valid_after(_at(times_ms[1]))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _signed(builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(by, critical=False).sign(key, hashes.SHA256())


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Each once, in order, so that equal settings give an equal certificate."""
    return [_alternative_name(name) for name in sorted(set(names))]


def _alternative_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _at(wall_ms: int) -> datetime:
    return datetime.fromtimestamp(wall_ms // 1_000, UTC)


def _said(problem: Exception) -> str:
    return problem.strerror or "unreadable" if isinstance(problem, OSError) else "it is damaged"


def _key_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """In one piece; readable by its owner alone, unless it is public."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever mask the process was started with
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
