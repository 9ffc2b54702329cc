"""A server that does what a test tells it: an answer for each verb, files in memory, and as many lies as wanted."""
import contextlib
import socket
import threading


class Server:
    """`answers` by verb: a reply's text, or a function of (session, argument) that returns one; None: no answer at all.
    `files` by path. `greeting` None: silence."""

    def __init__(self, answers=None, files=None, greeting="220 ready"):
        self.answers = answers or {}
        self.files = dict(files or {})
        self.greeting = greeting
        self.commands = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def url(self, path="", user=""):
        return f"ftp://{user}{'@' if user else ''}127.0.0.1:{self.port}/{path}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            Session(self, connection).run()
        connection.close()


class Session:
    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.offset = 0
        self.data = None

    def say(self, text):
        self.connection.sendall(text.replace("\n", "\r\n").encode() + b"\r\n")

    def run(self):
        if self.server.greeting is None:
            self.connection.recv(1)
            return
        self.say(self.server.greeting)
        for line in self.connection.makefile("rb"):
            verb, _, argument = line.decode("utf-8", "replace").rstrip("\r\n").partition(" ")
            verb = verb.upper().lstrip("\ufffd")
            self.server.commands.append((verb, argument))
            answer = self.server.answers.get(verb, getattr(self, verb.lower(), "502 not here"))
            reply = answer(self, argument) if callable(answer) and verb in self.server.answers else (
                answer(argument) if callable(answer) else answer)
            if reply is not None:
                self.say(reply)
            if verb == "QUIT":
                return

    def user(self, _):
        return "331 password"

    def pass_(self, _):
        return "230 in"

    def type(self, _):
        return "200 ok"

    def feat(self, _):
        return "211-\n EPSV\n SIZE\n MDTM\n REST STREAM\n MLST type*;size*;modify*;\n211 end"

    def quit(self, _):
        return "221 bye"

    def noop(self, _):
        return "200 ok"

    def pwd(self, _):
        return '257 "/"'

    def rest(self, argument):
        self.offset = int(argument)
        return "350 ok"

    def size(self, path):
        found = self.server.files.get(path)
        return "550 no such file" if found is None else f"213 {len(found)}"

    def mdtm(self, path):
        return "213 20260102030405" if path in self.server.files else "550 no such file"

    def mlst(self, path):
        found = self.server.files.get(path)
        if found is None:
            return "550 no such file"
        return f"250-\n type=file;size={len(found)};modify=20260102030405; {path}\n250 end"

    def epsv(self, _):
        self.data = socket.create_server(("127.0.0.1", 0))
        return f"229 ok (|||{self.data.getsockname()[1]}|)"

    def channel(self):
        channel, _ = self.data.accept()
        self.data.close()
        return channel

    def send(self, content):
        self.say("150 here")
        channel = self.channel()
        channel.sendall(content)
        channel.close()
        return "226 done"

    def retr(self, path):
        found = self.server.files.get(path)
        if found is None:
            return "550 no such file"
        offset, self.offset = self.offset, 0
        return self.send(found[offset:])

    def mlsd(self, folder):
        inside = folder.rstrip("/") + "/" if folder else ""
        lines = [f"type=file;size={len(content)};modify=20260102030405; {path[len(inside):]}\r\n"
                 for path, content in self.server.files.items()
                 if path.startswith(inside) and path[len(inside):] and "/" not in path[len(inside):]]
        return self.send("".join(lines).encode())

    def stor(self, path):
        self.say("150 come")
        channel = self.channel()
        content = b""
        while chunk := channel.recv(65536):
            content += chunk
        channel.close()
        self.server.files[path] = content
        return "226 done"

    def dele(self, path):
        return "250 gone" if self.server.files.pop(path, None) is not None else "550 no such file"


setattr(Session, "pass", Session.pass_)  # a word of Python's
