"""A certificate of our own for 127.0.0.1 and localhost, made anew for each test."""

import subprocess

from .program import program


def make_certificate(folder):
    """The path of a file with key and certificate; it is its own authority."""
    path = f"{folder}/certificate.pem"
    subprocess.run(
        [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", "/CN=squid test", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    with open(path, "a", encoding="ascii") as both, open(f"{path}.crt", encoding="ascii") as certificate:
        both.write(certificate.read())
    return path
