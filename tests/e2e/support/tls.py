"""A certificate of our own for 127.0.0.1 and localhost, made anew for each test, and a server that has it."""

import contextlib
import socket
import ssl
import subprocess

from .program import program
from .server import serve_each


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


class TlsListener:
    """Keeps what comes: `received` has the bytes of each."""

    def __init__(self, certificate):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.received = []

    def __enter__(self):
        serve_each(self._socket, self._read)
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _read(self, client):
        received = bytearray()
        self.received.append(received)
        # A client that does not believe us hangs up.
        with client, contextlib.suppress(ssl.SSLError, OSError):
            with self._context.wrap_socket(client, server_side=True) as stream:
                while data := stream.recv(65536):
                    received += data
