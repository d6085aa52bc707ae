"""A stand-in for obfuscurity's backstop, as its documentation and code have it: Basic auth, prefixes, the errors
for wrong bodies, and its fault: an answer of 200 although carbon did not get the points.

    with Backstop(user="joe", password="secret", prefixes=["docker"]) as backstop:
        backstop.url("/publish/docker")
        backstop.lines                     # what carbon has, as "name value time"
"""

import base64
import contextlib
import gzip
import http.server
import json
import ssl
import threading


class Backstop:
    def __init__(self, user="joe", password="secret", prefixes=("docker",), certificate=None):
        self.lines = []
        self.requests = 0
        self.packed = 0  # so many of them
        self.unpacks = True  # the real one does not, and finds no JSON
        self.packed_status = None  # what it says to packed ones instead, as servers do that look at the header
        self.lose_requests = 0  # so many more get 200, and carbon nothing
        self.fail_requests = 0  # then so many get 500
        self.refuse_names = ()  # what contains one of these gets 400
        self.prefixes = prefixes
        self._login = f"{user}:{password}"
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # whoever hangs up
        self.port = self._server.server_address[1]
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def url(self, path, host="127.0.0.1"):
        return f"{self._scheme}://{self._login}@{host}:{self.port}{path}"

    def _handler(backstop):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536  # header and body in one packet

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = backstop.answer(self.path, self.headers, body)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        return Handler

    def answer(self, path, headers, body):
        self.requests += 1
        if headers["Authorization"] != "Basic " + base64.b64encode(self._login.encode()).decode():
            return 401, "Not authorized\n"
        if headers["Content-Encoding"] == "gzip":
            self.packed += 1
            if self.packed_status:
                return self.packed_status, "Unsupported Media Type"
            body = gzip.decompress(body) if self.unpacks else body
        try:
            records = json.loads(body)
        except ValueError:
            return 400, "JSON is required"
        name = path.removeprefix("/publish/")
        if name not in self.prefixes:
            return 404, "unknown prefix"
        if self.lose_requests > 0:
            self.lose_requests -= 1
            return 200, "ok"
        if self.fail_requests > 0:
            self.fail_requests -= 1
            return 500, "Internal Server Error"
        for record in records:
            if any(not record.get(key) and record.get(key) not in (0, "") for key in ("metric", "value", "measure_time")):
                return 400, "missing fields"
            if any(refused in record["metric"] for refused in self.refuse_names):
                return 400, "missing fields"
            self.lines.append(f"{name}.{record['metric']} {record['value']} {record['measure_time']}")
        return 200, "ok"
