"""HTTP servers in the test's own process, for what must answer as it is told.

    class Handler(http_stub.Handler):
        def do_GET(self):
            self.answer(200, self.stub.text)

    class Greeter(http_stub.HttpStub):
        handler = Handler
        text = "hello"
"""

import contextlib
import http.server
import ssl
import threading

from .server import Server


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # header and body in one packet

    @property
    def stub(self):
        return self.server.stub

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status, text):
        text = text.encode() if isinstance(text, str) else text
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_):
        pass


class HttpStub(Server):
    """Of `handler`s; with a certificate it is one of https."""

    handler = Handler

    def __init__(self, certificate=None):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self._server.stub = self
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # whoever hangs up
        self.port = self._server.server_address[1]
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def start(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
