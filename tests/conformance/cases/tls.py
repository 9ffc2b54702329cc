"""AUTH, PBSZ, PROT, CCC, and what is to be seen of TLS on both connections (RFC 2228, 4217)."""
import socket
import ssl
import subprocess
import tempfile
import time

import certificates
from battery import MAY, MUST, SHOULD, case
from ftp import COMPLETE, LACKS, PRELIMINARY, REFUSED, Closed, Failed, NotOffered, Silent, Skipped

CONTENT = bytes(range(256)) * 4096  # 1 MiB


def has_tls(t):
    """A fresh connection of a server with AUTH TLS."""
    c = t.connect()
    with c.preparing():
        c.offered("AUTH TLS", 234, refusals=(*LACKS, 431, 530, 534))
    return t.connect()


def under_tls(t):
    """A session under TLS of such a server, logged in."""
    c = has_tls(t)
    with c.preparing():
        c.secure().login()
    return c


@case("tls.auth", "RFC 4217 §4, §7", MUST, "AUTH TLS is answered 234, and then comes TLS, login, and all the rest")
def _(t):
    c = has_tls(t).secure().login()
    c.expect("PWD", 257)
    c.in_step()


@case("tls.auth-small", "RFC 4217 §4; RFC 959 §5.3", MUST, "AUTH tls may be written in small letters")
def _(t):
    has_tls(t).expect("auth tls", 234)


for name, level in (("TLS-C", MAY), ("SSL", MAY), ("TLS-P", MAY)):
    def other(name=name):
        @case("tls.auth-" + name.lower(), "RFC 4217 §15.2" if "-" in name else "in use, unspecified", level,
              f"AUTH {name} is answered 234, or 504 by a server without it")
        def _(t):
            has_tls(t).offered("AUTH " + name, 234, 334, refusals=(504, 534, 500, 502, 501))
    other()


@case("tls.auth-unknown", "RFC 2228 §3; RFC 4217 §4", SHOULD, "AUTH of an unknown mechanism is answered 504")
def _(t):
    has_tls(t).expect("AUTH XYZZY", 504)


@case("tls.auth-missing", "RFC 2228 §3", MUST, "AUTH without a mechanism is an error in syntax")
def _(t):
    has_tls(t).expect("AUTH", 500, 501, 504)


@case("tls.feat", "RFC 4217 §6", MUST, "FEAT lists AUTH TLS, PBSZ and PROT")
def _(t):
    c = has_tls(t).secure()
    lines = [line.strip().upper() for line in c.login().offered("FEAT", 211).bodies()]
    before = [line.strip().upper() for line in t.connect().ask("FEAT").bodies()]
    for wanted in ("AUTH", "PBSZ", "PROT"):
        t.true(any(line.split()[0] == wanted for line in lines + before if line), f"no {wanted} in {lines}")


@case("tls.pbsz-first", "RFC 2228 §3; RFC 4217 §8", MUST, "PBSZ before AUTH is answered 503")
def _(t):
    has_tls(t).expect("PBSZ 0", 503)


@case("tls.prot-first", "RFC 2228 §3; RFC 4217 §9", MUST, "PROT before AUTH is answered 503")
def _(t):
    has_tls(t).expect("PROT P", 503)


@case("tls.prot-without-pbsz", "RFC 2228 §3; RFC 4217 §9", MUST, "PROT without PBSZ before it is answered 503")
def _(t):
    under_tls(t).expect("PROT P", 503)


@case("tls.pbsz", "RFC 4217 §8", MUST, "PBSZ 0 is answered 200; another size 200 with PBSZ=0 in its text")
def _(t):
    c = under_tls(t)
    c.expect("PBSZ 0", 200)
    answer = c.expect("PBSZ 16384", 200)
    t.true("PBSZ=0" in answer.text.upper(), f"no PBSZ=0 in: {answer}")


@case("tls.pbsz-wrong", "RFC 2228 §3", SHOULD, "PBSZ of what is no number is answered 501")
def _(t):
    c = under_tls(t)
    c.expect("PBSZ x", 501)


@case("tls.prot", "RFC 4217 §9", MUST, "PROT P and PROT C are answered 200; C may be refused with 534 or 536")
def _(t):
    c = under_tls(t)
    c.expect("PBSZ 0", 200)
    c.expect("PROT P", 200)
    c.expect("PROT C", 200, 534, 536)


for letter in "SE":
    def not_for_tls(letter=letter):
        @case("tls.prot-" + letter.lower(), "RFC 4217 §9", MUST, f"PROT {letter} is answered 536, for TLS has no such level")
        def _(t):
            c = under_tls(t)
            c.expect("PBSZ 0", 200)
            c.expect("PROT " + letter, 536)
    not_for_tls()


@case("tls.prot-unknown", "RFC 2228 §3", MUST, "PROT of an unknown level is answered 504")
def _(t):
    c = under_tls(t)
    c.expect("PBSZ 0", 200)
    c.expect("PROT X", 504, 501)


@case("tls.retr", "RFC 4217 §9, §12", MUST, "After PROT P, RETR goes over TLS")
def _(t):
    t.put("file", CONTENT)
    has_tls(t)
    t.equal(CONTENT, t.secure().download("RETR file"), "the file")


@case("tls.stor", "RFC 4217 §9, §12", MUST, "After PROT P, STOR goes over TLS")
def _(t):
    has_tls(t)
    t.secure().upload("STOR file", CONTENT)
    t.equal(CONTENT, t.get("file"), "the file")


@case("tls.empty", "RFC 4217 §12", MUST, "Empty files go over TLS both ways")
def _(t):
    has_tls(t)
    c = t.secure()
    c.upload("STOR file", b"")
    t.equal(b"", c.download("RETR file"), "the file")


@case("tls.list", "RFC 4217 §9", MUST, "After PROT P, LIST goes over TLS")
def _(t):
    t.put("file")
    has_tls(t)
    t.true(b"file" in t.secure().download("LIST"), "the file is not in the list")


@case("tls.active", "RFC 4217 §9, §10", MUST, "With PORT, too, it is the server that plays the server in TLS")
def _(t):
    t.put("file", CONTENT)
    has_tls(t)
    c = t.secure()
    listener = c.listen()
    c.expect(c.port_of(listener), 200)
    c.send("RETR file")
    data = c.accept(listener)
    c.reply(*PRELIMINARY)
    t.equal(CONTENT, data.start().receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)


@case("tls.many", "RFC 4217 §12", MUST, "Thirty transfers in one session, all over TLS")
def _(t):
    has_tls(t)
    c = t.secure()
    for number in range(15):
        c.upload("STOR file", b"%d" % number)
        t.equal(b"%d" % number, c.download("RETR file"), "the file")


@case("tls.clear-data", "RFC 4217 §9", MAY, "Without PROT, or after PROT C, data is clear while control is not")
def _(t):
    t.put("file", CONTENT)
    c = under_tls(t)
    c.expect("CWD " + t.folder, 250)
    c.expect("TYPE I", 200)
    data = c.passive()
    answer = c.ask("RETR file")
    if answer.code in (421, 521, 522, 425, 431, 534, 550):
        raise NotOffered(f"clear data: {answer}")
    t.true(answer.code in PRELIMINARY, f"RETR: {answer}")
    t.equal(CONTENT, data.receive_all(), "the file, without PROT")
    data.close()
    c.reply(*COMPLETE)
    c.protect()
    t.equal(CONTENT, c.download("RETR file"), "the file, after PROT P")
    c.expect("PROT C", 200)
    c.protected = False
    t.equal(CONTENT, c.download("RETR file"), "the file, after PROT C")


@case("tls.plain-intruder", "RFC 4217 §9", MUST, "After PROT P, what comes without TLS over the data connection is not stored")
def _(t):
    has_tls(t)
    c = t.secure()
    data = c.passive()
    c.expect("STOR file", *PRELIMINARY)
    data.send(b"in the clear\n" * 100)
    data.stream.close()
    try:
        c.reply("4xx", "5xx", patience=15)
    except Closed:
        pass
    if t.exists("file"):
        t.true(b"in the clear" not in t.get("file"), "it was stored")


@case("tls.no-handshake", "RFC 4217 §9", SHOULD,
      "A data connection that is closed before the handshake is answered 4xx or 5xx, and the session goes on")
def _(t):
    t.put("file", CONTENT)
    has_tls(t)
    c = t.secure()
    data = c.passive()
    c.expect("RETR file", *PRELIMINARY)
    data.stream.close()
    c.reply("4xx", "5xx", patience=15)
    t.equal(CONTENT, c.download("RETR file"), "the file, in the next transfer")


@case("tls.close-notify", "RFC 5246 §7.2.1; RFC 8446 §6.1", MUST,
      "A download ends with close_notify, so that it cannot be cut unseen")
def _(t):
    t.put("file", CONTENT)
    has_tls(t)
    c = t.secure()
    data = c.begin("RETR file")
    data.receive_all()
    t.true(data.stream.tls.ended_in_order, "the connection ended without close_notify")


@case("tls.cut-upload", "RFC 5246 §7.2.1; RFC 8446 §6.1", SHOULD,
      "An upload that ends without close_notify is not complete: 4xx or 5xx, not 226")
def _(t):
    has_tls(t)
    c = t.secure()
    data = c.begin("STOR file")
    data.send(CONTENT[:50000])
    time.sleep(0.2)
    data.stream.raw.shutdown(socket.SHUT_WR)
    c.reply("4xx", "5xx")
    c.in_step()


def resumes(c, session):
    """Whether a data connection that offers `session` is resumed with it."""
    data = c.passive()
    c.expect("NLST", *PRELIMINARY)
    data.stream.secure(c.context, session=session)
    data.receive_all()
    data.close()
    c.reply(*COMPLETE)
    return data.stream.tls.object.session_reused


@case("tls.resume", "RFC 4217 §12.6", SHOULD, "The data connection may resume the TLS session of the control connection")
def _(t):
    t.put("file")
    has_tls(t)
    c = t.secure()
    t.true(resumes(c, c.session()), "it was not resumed")


@case("tls.resume-each", "RFC 4217 §12.6; RFC 8446 §C.4", MAY, "Each of ten data connections may resume a session")
def _(t):
    t.put("file")
    has_tls(t)
    c = t.secure()
    for number in range(10):
        t.true(resumes(c, c.session()), f"number {number + 1} was not resumed")


@case("tls.resume-1.2", "RFC 4217 §12.6", SHOULD, "With TLS 1.2, too, the data connection may resume the session")
def _(t):
    t.put("file")
    has_tls(t)
    c = t.connect()
    c.context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        c.secure()
    except Closed as why:
        raise NotOffered(f"TLS 1.2: {why}") from None
    c.login().protect().expect("CWD " + t.folder, 250)
    for number in range(3):
        t.true(resumes(c, c.session()), f"number {number + 1} was not resumed")


def version(t, oldest, newest):
    """The version of TLS that comes about, or None when there is no agreement."""
    c = has_tls(t)
    c.context.set_ciphers("ALL:@SECLEVEL=0")
    c.context.minimum_version, c.context.maximum_version = oldest, newest
    try:
        c.secure()
    except Closed:
        return None
    return c.stream.tls.object.version()


@case("tls.1.2", "RFC 9325 §3.1.1", SHOULD, "TLS 1.2 is spoken")
def _(t):
    t.equal("TLSv1.2", version(t, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2), "the version")


@case("tls.1.3", "RFC 9325 §3.1.1", SHOULD, "TLS 1.3 is spoken")
def _(t):
    t.equal("TLSv1.3", version(t, ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3), "the version")


@case("tls.1.1", "RFC 8996 §5", MUST, "TLS 1.0 and 1.1 are not spoken")
def _(t):
    t.equal(None, version(t, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1), "the version")


@case("tls.alpn", "RFC 7301", SHOULD, 'A client that says "ftp" by ALPN is let in')
def _(t):
    c = has_tls(t)
    c.context.set_alpn_protocols(["ftp"])
    c.secure().login()
    t.true(c.stream.tls.object.selected_alpn_protocol() in ("ftp", None), "another protocol was chosen")


@case("tls.alpn-other", "RFC 9325 §3.8", SHOULD, "A client that says by ALPN that it wants another protocol is not let in")
def _(t):
    c = has_tls(t)
    c.context.set_alpn_protocols(["http/1.1"])
    try:
        c.secure()
        c.ask("NOOP")
    except Closed:
        return
    raise Failed("it was let in, as if it had asked for FTP")


@case("tls.injection", "RFC 4217 §4 (CVE-2011-0411)", MUST,
      "What was sent in the clear behind AUTH is not carried out under TLS")
def _(t):
    c = has_tls(t)
    c.send_raw(b"AUTH TLS\r\nSYST\r\n")
    c.reply(234)
    try:
        c.handshake()
        answer = c.ask("NOOP")
    except (Closed, Failed):
        return
    t.true(answer.code != 215, f"the first reply under TLS is {answer}")
    try:
        more = c.reply(patience=1)
    except (Closed, Silent):
        return
    raise Failed(f"a second reply to one command: {more}")


@case("tls.nonsense", "RFC 4217 §4", MUST, "After 234, what is no TLS ends the connection")
def _(t):
    c = has_tls(t)
    c.expect("AUTH TLS", 234)
    c.send_raw(b"USER somebody\r\nPASS something\r\n")
    got = c.until_closed(patience=15)
    t.true(b"331" not in got and b"230" not in got, f"it was answered {got[:100]!r}")


@case("tls.login-first", "RFC 2228 §3", MUST, "AUTH after a login in the clear asks for a new one, or is refused")
def _(t):
    has_tls(t)
    c = t.connect()
    if c.expect("USER " + t.server.user, "2xx", "3xx", "5xx").code // 100 == 5:
        raise NotOffered("a login in the clear")
    c.expect("PASS " + t.server.password, 230)
    c.offered("AUTH TLS", 234, refusals=(*LACKS, 503, 534, 530))
    c.handshake().expect("CWD /", 530, 503)


@case("tls.ccc", "RFC 2228 §3; RFC 4217 §12.3", MAY,
      "CCC is answered 200 under TLS; then both sides end TLS, and go on in the clear")
def _(t):
    c = under_tls(t)
    c.protect()
    c.offered("CCC", 200, refusals=(*REFUSED, 533, 534, 503))
    c.end_tls()
    c.expect("PWD", 257)
    c.in_step()


@case("tls.ccc-first", "RFC 2228 §3", MUST, "CCC without TLS is refused")
def _(t):
    has_tls(t).expect("CCC", "5xx")


@case("tls.rein", "RFC 4217 §11", MUST, "REIN is answered 220 under TLS; then TLS ends, and AUTH may be sent again")
def _(t):
    c = under_tls(t)
    c.offered("REIN", 220)
    c.end_tls()
    c.secure().login()
    c.expect("PWD", 257)


@case("tls.abor", "RFC 959 §4.1.3", SHOULD, "ABOR works under TLS: 426 and 226")
def _(t):
    t.put("file", CONTENT * 16)
    has_tls(t)
    c = t.secure()
    data = c.begin("RETR file", c.passive(receive_buffer=4096))
    data.receive(1000)
    c.send("ABOR")
    c.reply(426, patience=5)
    c.reply(225, 226)
    c.in_step()


@case("tls.quit", "RFC 5246 §7.2.1; RFC 8446 §6.1", SHOULD, "After QUIT, the control connection ends with close_notify")
def _(t):
    c = has_tls(t).secure()
    c.expect("QUIT", 221)
    c.until_closed()
    t.true(c.stream.tls.ended_in_order, "it ended without close_notify")


@case("tls.adat-mic", "RFC 2228 §3", MUST, "ADAT, MIC, CONF and ENC have no meaning for TLS: 5xx")
def _(t):
    c = under_tls(t)
    for line in ("ADAT YQ==", "MIC YQ==", "CONF YQ==", "ENC YQ=="):
        c.expect(line, "5xx")
    c.in_step()


@case("tls.implicit", "in use, unspecified", MAY, "On the implicit port, TLS begins at once, and data is protected")
def _(t):
    if not t.server.implicit_port:
        raise Skipped("needs --implicit-port")
    t.put("file", CONTENT)
    c = t.connect(greeting=False, port=t.server.implicit_port).handshake()
    c.reply(220)
    c.login().protect()
    c.expect("TYPE I", 200)
    t.equal(CONTENT, c.download(b"RETR " + t.path("file")), "the file")


def playing_the_server(data):
    """TLS over a data connection on which the FTP server is TLS's client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        try:
            context.load_cert_chain(*certificates.make(folder))
        except (OSError, subprocess.SubprocessError):
            raise Skipped("needs the program openssl") from None
    data.stream.secure(context, server_side=True)
    return data


@case("tls.sscn", "in use, unspecified", MAY,
      "SSCN tells and changes who is TLS's client on data connections: after SSCN ON, the server is")
def _(t):
    t.put("file", CONTENT)
    has_tls(t)
    c = t.secure()
    c.offered("SSCN", 200, refusals=(*LACKS, 503))
    c.expect("SSCN ON", 200)
    data = playing_the_server(c.begin_unprotected("RETR file"))
    t.equal(CONTENT, data.receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)
    c.expect("SSCN OFF", 200)
    t.equal(CONTENT, c.download("RETR file"), "the file, after SSCN OFF")


@case("tls.cpsv", "in use, unspecified", MAY, "CPSV is PASV with the server as TLS's client: 227")
def _(t):
    t.put("file", CONTENT)
    has_tls(t)
    c = t.secure()
    if c.six:
        raise Skipped("needs IPv4")
    host, port = c.pasv(c.offered("CPSV", 227, refusals=(*LACKS, 503)))
    data = playing_the_server(c.begin_unprotected("RETR file", c.dial(port, host)))
    t.equal(CONTENT, data.receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)
