"""What the real servers and runtimes of the tests have in common: `with Carbon() as carbon:` starts one and ends it,
whatever happens in between, and none outlives its test."""

import ctypes
import signal
import threading


class Server:
    """Has start() and close(); close() also tidies up after a start that failed half-way."""

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()


def die_with_parent():
    """For preexec_fn."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def serve_each(listener, serve):
    """serve(connection) in a thread for each, until the listener is closed."""
    def accept():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
