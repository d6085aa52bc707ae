"""An HTTP proxy: it passes on what is asked for by its whole address, opens tunnels (CONNECT), and asks for a login
where it has one.

    with Proxy(login="joe:secret") as proxy:
        proxy.url                          # http://joe:secret@127.0.0.1:PORT
        proxy.asked                        # ["CONNECT localhost:443", "POST http://127.0.0.1:80/x"]
"""

import base64
import contextlib
import http.client
import selectors
import socket
import urllib.parse

from . import http_stub


class Handler(http_stub.Handler):
    def do_CONNECT(self):
        self.stub.asked.append(f"CONNECT {self.path}")
        self.close_connection = True
        refusal = self.stub.refusal(self.headers)
        if refusal:
            return self.send_error(refusal)
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as server:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            carry(self.connection, server)

    def do_POST(self):
        self.stub.asked.append(f"POST {self.path}")
        body = self.body()
        refusal = self.stub.refusal(self.headers)
        if refusal:
            return self.send_error(refusal)
        url = urllib.parse.urlsplit(self.path)
        headers = {key: value for key, value in self.headers.items() if not key.lower().startswith("proxy-")}
        with contextlib.closing(http.client.HTTPConnection(url.netloc, timeout=10)) as server:
            server.request("POST", url.path, body, headers)
            answer = server.getresponse()
            self.answer(answer.status, answer.read())


class Proxy(http_stub.HttpStub):
    handler = Handler

    def __init__(self, login=None):
        super().__init__()
        self.asked = []
        self.fail_requests = 0  # so many get fail_status
        self.fail_status = 502
        self._login = login
        self.url = f"http://{login + '@' if login else ''}127.0.0.1:{self.port}"

    def refusal(self, headers):
        """The status with which it refuses, None where it does not."""
        wanted = self._login and "Basic " + base64.b64encode(self._login.encode()).decode()
        if headers["Proxy-Authorization"] != wanted:
            return 407
        if self.fail_requests > 0:
            self.fail_requests -= 1
            return self.fail_status
        return None


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
