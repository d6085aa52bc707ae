"""An HTTP proxy: it passes on what is asked for by its whole address, opens tunnels (CONNECT), and asks for a login
where it has one.

    with Proxy(login="joe:secret") as proxy:
        proxy.url                          # http://joe:secret@127.0.0.1:PORT
        proxy.asked                        # ["CONNECT localhost:443", "POST http://127.0.0.1:80/x"]
"""

import base64
import contextlib
import http.client
import http.server
import selectors
import socket
import threading
import urllib.parse


class Proxy:
    def __init__(self, login=None):
        self.asked = []
        self.fail_requests = 0  # so many get fail_status
        self.fail_status = 502
        self._login = login
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # whoever hangs up
        self.port = self._server.server_address[1]
        self.url = f"http://{login + '@' if login else ''}127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _refusal(self, headers):
        """The status with which it refuses, None where it does not."""
        wanted = self._login and "Basic " + base64.b64encode(self._login.encode()).decode()
        if headers["Proxy-Authorization"] != wanted:
            return 407
        if self.fail_requests > 0:
            self.fail_requests -= 1
            return self.fail_status
        return None

    def _handler(proxy):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65536

            def do_CONNECT(self):
                proxy.asked.append(f"CONNECT {self.path}")
                self.close_connection = True
                refusal = proxy._refusal(self.headers)
                if refusal:
                    return self.send_error(refusal)
                host, port = self.path.rsplit(":", 1)
                with socket.create_connection((host, int(port))) as server:
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.flush()
                    carry(self.connection, server)

            def do_POST(self):
                proxy.asked.append(f"POST {self.path}")
                body = self.rfile.read(int(self.headers["Content-Length"]))
                refusal = proxy._refusal(self.headers)
                if refusal:
                    return self.send_error(refusal)
                url = urllib.parse.urlsplit(self.path)
                headers = {key: value for key, value in self.headers.items() if not key.lower().startswith("proxy-")}
                with contextlib.closing(http.client.HTTPConnection(url.netloc, timeout=10)) as server:
                    server.request("POST", url.path, body, headers)
                    answer = server.getresponse()
                    text = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        return Handler


def carry(client, server):
    """Bytes from each to the other, until one of them hangs up."""
    with selectors.DefaultSelector() as ready:
        ready.register(client, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, client)
        while True:
            for key, _ in ready.select():
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
