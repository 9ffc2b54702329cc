"""The user's end of an FTP session, byte by byte: nothing is sent that a case did not ask for, and all that was said is
kept. Every wait has an end; a server that says nothing within it has failed."""
import collections
import contextlib
import dataclasses
import re
import socket
import ssl
import struct
import time

IAC, DONT, DO, WONT, WILL, IP, DM = 255, 254, 253, 252, 251, 244, 242
REFUSED = (500, 502, 504)  # what a server says to a command or a parameter that it does not have
LACKS = (500, 501, 502, 504)  # the same, where an unknown parameter may look like a mistake
PRELIMINARY = (125, 150)  # before data moves
COMPLETE = (226, 250)  # after it has
CHUNK = 65536


class Verdict(Exception):
    pass


class Failed(Verdict):
    """The server did not do what the case asks for."""


class Silent(Failed):
    """Nothing came in time."""


class Closed(Failed):
    """The server closed the connection, or reset it."""


class NotOffered(Verdict):
    """An optional command or parameter that the server says it does not have."""


class Skipped(Verdict):
    """This run cannot show it."""


@dataclasses.dataclass
class Reply:
    code: int
    lines: list  # as they came, with their ends

    @property
    def text(self):
        return b"".join(self.lines).decode("utf-8", "replace").rstrip("\r\n")

    @property
    def multiline(self):
        return len(self.lines) > 1

    def bodies(self):
        """Of the lines between the first and the last, what stands there."""
        return [line.rstrip(b"\r\n").decode("utf-8", "replace") for line in self.lines[1:-1]]

    def __str__(self):
        return self.text


def one_of(codes):
    return " or ".join(str(code) for code in codes)


def known_as(codes, code):
    """`codes` has numbers, and words such as "5xx"."""
    return any(code == known or (isinstance(known, str) and str(code)[0] == known[0]) for known in codes)


class Clock:
    """The time that one case has in all, and the longest it waits for one thing."""

    def __init__(self, patience, in_all, most=float("inf")):
        self.patience = min(patience, most)
        self._in_all, self._most = in_all, most
        self.restart()

    def restart(self):
        self.end = time.monotonic() + self._in_all

    def wait(self, patience=None):
        left = self.end - time.monotonic()
        if left <= 0:
            raise Silent("the time of the case is over")
        return min(patience or self.patience, left, self._most)


class Tls:
    """TLS over a socket, with the moments of the handshake, of close_notify and of the end of the connection in the
    hands of the case."""

    def __init__(self, sock, context, clock, **how):
        self.sock, self.clock = sock, clock
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self.incoming, self.outgoing, **how)
        self.ended_in_order = False
        self._until_done(self.object.do_handshake)

    def _flush(self):
        if self.outgoing.pending:
            self.sock.sendall(self.outgoing.read())

    def _feed(self):
        """False at the end of the connection below."""
        self.sock.settimeout(self.clock.wait())
        got = self.sock.recv(CHUNK)
        if got:
            self.incoming.write(got)
        else:
            self.incoming.write_eof()
        return bool(got)

    def _until_done(self, step):
        while True:
            try:
                result = step()
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                if not self._feed():
                    raise Closed("the server closed the connection in the middle of the TLS handshake") from None
            except ssl.SSLError as error:
                with contextlib.suppress(OSError):
                    self._flush()  # the alert
                raise Closed(f"TLS: {error}") from None

    def recv(self, count):
        while True:
            try:
                got = self.object.read(count)
                self.ended_in_order = not got
                return got
            except ssl.SSLWantReadError:
                self._flush()
                if not self._feed():
                    return b""
            except ssl.SSLZeroReturnError:  # when close_notify has gone out, too
                self.ended_in_order = True
                return b""
            except ssl.SSLEOFError:
                return b""
            except ssl.SSLError as error:
                raise Closed(f"TLS: {error}") from None

    def sendall(self, data):
        for at in range(0, len(data), CHUNK):
            self._until_done(lambda at=at: self.object.write(data[at:at + CHUNK]))

    def close_notify(self):
        with contextlib.suppress(ssl.SSLError):
            self.object.unwrap()
        self._flush()

    def settimeout(self, seconds):
        self.sock.settimeout(seconds)


class Stream:
    """A connection, clear or under TLS, with errors as verdicts."""

    def __init__(self, sock, clock, name):
        self.raw, self.clock, self.name = sock, clock, name
        self.tls = None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def secure(self, context, **how):
        """`how`: as for ssl.SSLContext.wrap_bio."""
        try:
            self.tls = Tls(self.raw, context, self.clock, **how)
        except socket.timeout:
            raise Silent(f"no answer to the TLS handshake on the {self.name} in time") from None
        except OSError as error:
            raise Closed(f"the TLS handshake on the {self.name}: {error}") from None

    def send(self, data):
        try:
            self.raw.settimeout(self.clock.wait())
            (self.tls or self.raw).sendall(data)
        except socket.timeout:
            raise Silent(f"the server takes nothing more on the {self.name}") from None
        except OSError as error:
            raise Closed(f"cannot send on the {self.name}: {error.strerror or error}") from None

    def receive(self, patience=None):
        """Empty at the end of the connection."""
        try:
            self.raw.settimeout(self.clock.wait(patience))
            return (self.tls or self.raw).recv(CHUNK)
        except socket.timeout:
            raise Silent(f"nothing came on the {self.name} within {patience or self.clock.patience:g} s") from None
        except OSError as error:
            raise Closed(f"the {self.name} was cut: {error.strerror or error}") from None

    def close(self):
        with contextlib.suppress(OSError):
            self.raw.close()

    def reset(self):
        """Closes it the hard way."""
        with contextlib.suppress(OSError):
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


class Data:
    """A data connection."""

    def __init__(self, control, sock):
        self.control = control
        self.stream = Stream(sock, control.clock, "data connection")
        self.held = bytearray()  # received, not yet asked for

    def start(self):
        """To be called after 125 or 150: that is when TLS begins, where the data is protected."""
        if self.control.protected and not self.stream.tls:
            self.stream.secure(self.control.context, session=self.control.session())
        return self

    def send(self, data):
        self.control.note("D", f"{len(data)} bytes sent: {shown(data)}")
        self.stream.send(data)

    def receive(self, count):
        """Exactly so many bytes; the case fails when the connection ends before."""
        while len(self.held) < count:
            got = self.stream.receive()
            if not got:
                raise Failed(f"the data connection ended after {len(self.held)} of {count} bytes")
            self.held += got
        taken = bytes(self.held[:count])
        del self.held[:count]
        return taken

    def receive_all(self):
        while got := self.stream.receive():
            self.held += got
        taken = bytes(self.held)
        self.held.clear()
        self.control.note("D", f"{len(taken)} bytes received: {shown(taken)}")
        return taken

    def finish(self):
        """The end of what is sent, in good order, and of the connection."""
        if self.stream.tls:
            with contextlib.suppress(OSError):
                self.stream.tls.close_notify()
        with contextlib.suppress(OSError):
            self.stream.raw.shutdown(socket.SHUT_WR)

    def close(self):
        """In good order. Under TLS, what the server still says is read, for unread bytes make a reset of the end."""
        self.finish()
        with contextlib.suppress(Failed):
            while self.stream.tls and self.stream.receive(patience=2):
                pass
        self.stream.close()

    def reset(self):
        self.stream.reset()


def shown(data, most=48):
    text = repr(bytes(data[:most]))[1:]
    return text if len(data) <= most else text + "..."


@dataclasses.dataclass
class Server:
    """What a run knows of the server."""

    host: str
    port: int
    user: str
    password: str
    secure: bool = False  # every session, and its data
    host6: str = ""  # an IPv6 address of the same server
    implicit_port: int = 0  # where it speaks TLS at once
    account: tuple = ()  # name, password and account of somebody who must give an account
    virtual_host: str = ""  # that it knows by HOST, and where the user is known


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the certificate is none of the battery's business
    return context


class Control:
    """A control connection."""

    def __init__(self, server, clock, trace, host=None, port=None, local=None):
        self.server, self.clock, self.trace = server, clock, trace
        self.context = tls_context()
        self.protected = False  # PROT P
        self.telnet = bytearray()  # Telnet commands that came
        self._held = bytearray()
        self._closers = []
        try:
            address = (host or server.host, port or server.port)
            sock = local or socket.socket(socket.getaddrinfo(*address, type=socket.SOCK_STREAM)[0][0])
            sock.settimeout(clock.wait())
            sock.connect(address)
        except OSError as error:
            raise Failed(f"cannot connect: {error.strerror or error}") from None
        self.stream = Stream(sock, clock, "control connection")
        self.local, self.peer = sock.getsockname(), sock.getpeername()

    # --- lines -------------------------------------------------------------------------------------------------------

    def note(self, who, text):
        self.trace.append(f"{who}: {text}")

    def send_raw(self, data):
        self.note("C", shown(data, 200))
        self.stream.send(data)

    def send(self, line):
        """A command, in UTF-8; a CR in it is sent as CR NUL (RFC 2640 §3.1)."""
        line = line if isinstance(line, bytes) else line.encode()
        line = line.replace(b"\r", b"\r\0")
        self.note("C", "PASS ..." if line[:4].upper() == b"PASS" else line.decode("utf-8", "backslashreplace"))
        self.stream.send(line + b"\r\n")

    def receive_line(self, patience=None):
        while b"\n" not in self._held:
            got = self.stream.receive(patience)
            if not got:
                left = f", after {shown(self._held)}" if self._held else ""
                raise Closed("the server closed the control connection" + left)
            self._held += self._without_telnet(got)
        end = self._held.index(b"\n") + 1
        line = bytes(self._held[:end])
        del self._held[:end]
        return line

    def _without_telnet(self, got):
        """Takes IAC and what belongs to it out of the stream; a server cuts none of them in two."""
        text, at = bytearray(), 0
        while at < len(got):
            if got[at] != IAC or at + 1 == len(got):
                text.append(got[at])
                at += 1
            elif got[at + 1] == IAC:
                text.append(IAC)
                at += 2
            else:
                length = 3 if got[at + 1] in (DO, DONT, WILL, WONT) else 2
                self.telnet += got[at:at + length]
                at += length
        return text

    def reply(self, *codes, patience=None):
        """The next reply, whole; when codes are given, it must be one of them."""
        first = self.receive_line(patience)
        if not re.match(rb"\d\d\d[ -]|\d\d\d\r?\n", first):
            self.note("S", shown(first, 200))
            raise Failed(f"not a reply: {shown(first, 100)}")
        lines = [first]
        if first[3:4] == b"-":
            while not re.match(re.escape(first[:3]) + rb"(?: |\r?\n)", lines[-1]) or len(lines) == 1:
                lines.append(self.receive_line(patience))
                if len(lines) > 20000:
                    raise Failed("a reply of 20,000 lines has no end")
        answer = Reply(int(first[:3]), lines)
        said = answer.text.split("\n")
        for line in said if len(said) < 12 else [*said[:8], f"... {len(said) - 9} lines", said[-1]]:
            self.note("S", line.rstrip("\r"))
        return self._check(answer, codes) if codes else answer

    def _check(self, answer, codes):
        if known_as(codes, answer.code):
            return answer
        raise Failed(f"expected {one_of(codes)}, got: {answer.text.splitlines()[0]}")

    def ask(self, line, patience=None):
        self.send(line)
        return self.reply(patience=patience)

    def expect(self, line, *codes, patience=None):
        """The reply to a command; the case fails when it is none of `codes`."""
        answer = self.ask(line, patience)
        if not known_as(codes, answer.code):
            raise Failed(f"{self._named(line)}: expected {one_of(codes)}, got: {answer.text.splitlines()[0]}")
        return answer

    def offered(self, line, *codes, refusals=REFUSED):
        """As expect(), of a command that a server may lack."""
        answer = self.ask(line)
        if answer.code in refusals and answer.code not in codes:
            raise NotOffered(f"{self._named(line)}: {answer.text.splitlines()[0]}")
        if not known_as(codes, answer.code):
            raise Failed(f"{self._named(line)}: expected {one_of(codes)}, got: {answer.text.splitlines()[0]}")
        return answer

    @staticmethod
    def _named(line):
        line = line.decode("utf-8", "backslashreplace") if isinstance(line, bytes) else line
        return "PASS" if line.upper().startswith("PASS") else line if len(line) < 100 else line[:100] + "..."

    def urgent(self, *lines):
        """Commands behind IP and Synch, which tell the server to look at once (RFC 959 §4.1.3); TLS has no urgent data."""
        commands = "".join(line + "\r\n" for line in lines).encode()
        if self.stream.tls:
            self.send_raw(commands)
            return
        self.send_raw(bytes([IAC, IP]))
        self.note("C", "IAC, urgent")
        self.stream.raw.send(bytes([IAC]), socket.MSG_OOB)
        self.send_raw(bytes([DM]) + commands)

    def in_step(self):
        """Fails when a reply is left over, or missing: the next one must be that of the next command."""
        answer = self.ask("SYST")
        if answer.code != 215:
            raise Failed(f"out of step: SYST was answered {answer.text.splitlines()[0]}")

    def until_closed(self, patience=None):
        """What still comes, up to the end of the connection."""
        got = bytes(self._held)
        with contextlib.suppress(Closed):
            while more := self.stream.receive(patience):
                got += more
        return got

    def login(self):
        answer = self.expect("USER " + self.server.user, 230, 331)
        if answer.code == 331:
            self.expect("PASS " + self.server.password, 230, 202, patience=15)
        return self

    @contextlib.contextmanager
    def preparing(self):
        """What is said inside is no business of the case."""
        yield

    # --- TLS ---------------------------------------------------------------------------------------------------------

    def secure(self):
        """AUTH TLS and the handshake."""
        self.offered("AUTH TLS", 234, refusals=(*REFUSED, 431, 530, 534))
        return self.handshake()

    def handshake(self, session=None):
        self.stream.secure(self.context, session=session)
        return self

    def end_tls(self):
        """Both sides say close_notify; what comes behind is clear."""
        tls = self.stream.tls
        tls.close_notify()
        with contextlib.suppress(Failed):
            while not tls.ended_in_order and self.stream.receive(patience=2):
                pass
        if not tls.ended_in_order:
            raise Failed("the server did not end TLS with close_notify")
        self.stream.tls = None
        self._held += tls.incoming.read()

    def protect(self):
        self.expect("PBSZ 0", 200)
        self.expect("PROT P", 200)
        self.protected = True
        return self

    def session(self):
        return self.stream.tls.object.session if self.stream.tls else None

    # --- data --------------------------------------------------------------------------------------------------------

    @property
    def six(self):
        return self.stream.raw.family == socket.AF_INET6

    def pasv(self, answer=None):
        """The address and port in a 227; PASV is sent when none is given."""
        answer = answer or self.expect("PASV", 227)
        numbers = re.search(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", answer.text[4:])
        if not numbers or any(int(number) > 255 for number in numbers.groups()):
            raise Failed(f"no address in: {answer}")
        *host, high, low = (int(number) for number in numbers.groups())
        return ".".join(map(str, host)), high * 256 + low

    def epsv(self, argument=""):
        """EPSV; the port of its reply."""
        answer = self.expect(f"EPSV {argument}".strip(), 229)
        found = re.search(r"\(([!-~])\1\1(\d+)\1\)", answer.text)
        if not found or not 0 < int(found[2]) < 65536:
            raise Failed(f"no (|||port|) in: {answer}")
        return int(found[2])

    def passive_port(self):
        return self.epsv() if self.six else self.pasv()[1]

    def dial(self, port, host=None, receive_buffer=None):
        """A data connection to a passive port of the server."""
        sock = socket.socket(self.stream.raw.family)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(self.clock.wait())
        try:
            sock.connect((host or self.peer[0], port))
        except OSError as error:
            sock.close()
            raise Failed(f"cannot connect to the passive port {port}: {error.strerror or error}") from None
        return self._keep(Data(self, sock))

    def passive(self, **how):
        return self.dial(self.passive_port(), **how)

    def listen(self, port=0):
        """A port of ours for the server to connect to."""
        listener = socket.socket(self.stream.raw.family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._closers.append(listener)
        listener.bind((self.local[0], port))
        listener.listen(5)
        return listener

    def port_of(self, listener):
        """PORT or EPRT for it."""
        host, port = listener.getsockname()[:2]
        if self.six:
            return f"EPRT |2|{host}|{port}|"
        return "PORT " + ",".join([*host.split("."), str(port >> 8), str(port & 255)])

    def accept(self, listener, patience=None):
        listener.settimeout(self.clock.wait(patience))
        try:
            return self._keep(Data(self, listener.accept()[0]))
        except socket.timeout:
            raise Silent("the server did not connect to the port it was told") from None

    def _keep(self, data):
        self._closers.append(data.stream)
        return data

    def refused_data(self, line, *codes, patience=None):
        """A command for data that the server must refuse at once, and leave it at that."""
        data = self.passive()
        answer = self.expect(line, *codes, patience=patience)
        data.stream.close()
        return answer

    def begin(self, line, data=None, optional=False):
        """Sends a command for data; the data connection, ready, once the server has said 125 or 150."""
        return self.begin_unprotected(line, data, optional).start()

    def begin_unprotected(self, line, data=None, optional=False):
        """The same, short of TLS."""
        data = data or self.passive()
        (self.offered if optional else self.expect)(line, *PRELIMINARY)
        return data

    def download(self, line, data=None, optional=False):
        """What a command such as RETR or LIST sends."""
        data = self.begin(line, data, optional)
        content = data.receive_all()
        data.close()
        self.reply(*COMPLETE)
        return content

    def upload(self, line, content, data=None, optional=False):
        """The final reply to a command such as STOR."""
        data = self.begin(line, data, optional)
        data.send(content)
        data.close()
        return self.reply(*COMPLETE)

    def close(self):
        for closer in self._closers:
            closer.close()
        self.stream.close()


def lines_of(content):
    """Lines of a listing, without their ends; an empty content has none."""
    text = content.decode("utf-8", "surrogateescape")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if content else []


Entry = collections.namedtuple("Entry", "facts name")


def entry_of(line):
    """A line of MLSD or MLST: "fact=value;fact=value; name" (RFC 3659 §7.2)."""
    facts, space, name = line.partition(" ")
    if not space or (facts and not re.fullmatch(r"(?:[A-Za-z0-9.\-/_,!@#$%^&()?\\]+=[^; ]*;)+", facts)):
        raise Failed(f"not an entry of facts: {line!r}")
    pairs = (fact.split("=", 1) for fact in facts.split(";")[:-1])
    return Entry({key.lower(): value for key, value in pairs}, name)
