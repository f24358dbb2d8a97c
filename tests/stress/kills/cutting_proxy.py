# SPDX-License-Identifier: Apache-2.0
"""Between the writer and its database: breaks connections at the worst moment."""
import select
import socket
import threading

_TICK_S = 0.05
_PIECE = 65536
# PostgreSQL manual, "Message Formats": a Query's text ends with a zero; ReadyForQuery is 'Z', its
# length and 'I' where no transaction is open.
_COMMIT = b"COMMIT\x00"
_READY = b"Z\x00\x00\x00\x05I"
_COPY = b"COPY "


class CuttingProxy:
    """Listens like a server with its socket in `own`, and passes bytes on to the one in `server`.

    cut_next(way): "copy": some bytes behind the beginning of a COPY; "before_commit": COMMIT does
    not reach the server; "after_commit": it does, and the answer does not come back.
    """

    def __init__(self, own, server, random):
        self.own, self.server = own, server
        self.random = random
        self.num_cuts = 0
        self._way, self._bytes_left = None, None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = []

    def __enter__(self):
        self.own.mkdir(exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{self.own}/.s.PGSQL.5432")
        self._listener.listen(16)
        self._start(self._serve)
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def cut_next(self, way):
        with self._lock:
            self._way, self._bytes_left = way, None

    def _start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self):
        while not self._stopping.is_set():
            if select.select([self._listener], [], [], _TICK_S)[0]:
                client, _ = self._listener.accept()
                self._start(self._pass_on, client)
        self._listener.close()

    def _pass_on(self, client):
        server = socket.socket(socket.AF_UNIX)
        with client, server:
            try:
                server.connect(f"{self.server}/.s.PGSQL.5432")
                while not self._stopping.is_set() and self._pass_once(client, server):
                    pass
            except OSError:
                pass

    def _pass_once(self, client, server):
        """False where the connection has to end."""
        ready = select.select([client, server], [], [], _TICK_S)[0]
        if client in ready:
            sent = client.recv(_PIECE)
            if not sent or not self._forward(sent, server):
                return False
        if server in ready:
            answer = server.recv(_PIECE)
            if not answer:
                return False
            client.sendall(answer)
        return True

    def _forward(self, sent, server):
        with self._lock:
            keep = self._bytes_to_keep(sent)
            if keep is not None:
                self._way, self._bytes_left = None, None
                self.num_cuts += 1
        if keep is None:
            server.sendall(sent)
            return True
        server.sendall(sent[:keep])
        if keep == len(sent) and _COMMIT in sent:
            self._wait_until_done(server)
        return False

    @staticmethod
    def _wait_until_done(server):
        """Nobody hears of it."""
        answer = b""
        while not answer.endswith(_READY):
            piece = server.recv(_PIECE)
            if not piece:
                return
            answer = answer[-len(_READY):] + piece

    def _bytes_to_keep(self, sent):
        """How much passes before the cut; None: all, and no cut yet."""
        if self._way == "before_commit":
            return sent.index(_COMMIT) if _COMMIT in sent else None
        if self._way == "after_commit":
            return len(sent) if _COMMIT in sent else None
        if self._way != "copy":
            return None
        if self._bytes_left is None:
            if _COPY not in sent:
                return None
            self._bytes_left = self.random.randrange(1, 300_000)
        if self._bytes_left >= len(sent):
            self._bytes_left -= len(sent)
            return None
        return self._bytes_left
