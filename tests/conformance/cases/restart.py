"""REST in stream mode (RFC 3659 §5)."""
from battery import MAY, MUST, SHOULD, case
from ftp import COMPLETE, LACKS, lines_of

CONTENT = bytes(at * 31 + at // 256 & 255 for at in range(50000))
SECTION = "RFC 3659 §5"


def session(t):
    t.put("file", CONTENT)
    return t.image()


def rest(c, offset):
    """REST must be the last command before the transfer's (§5.3), so this makes the data connection first."""
    data = c.passive()
    c.offered(f"REST {offset}", 350)
    return data


@case("rest.retr", SECTION, MUST, "RETR after REST n begins with byte n")
def _(t):
    c = session(t)
    for offset in (1, 4096, 49999):
        t.equal(CONTENT[offset:], c.download("RETR file", rest(c, offset)), f"the file from {offset}")


@case("rest.zero", SECTION, MUST, "REST 0 is the beginning")
def _(t):
    c = session(t)
    t.equal(CONTENT, c.download("RETR file", rest(c, 0)), "the file")


@case("rest.end", SECTION, SHOULD, "RETR after REST to the very end sends nothing, and is answered 226")
def _(t):
    c = session(t)
    t.equal(b"", c.download("RETR file", rest(c, len(CONTENT))), "the rest of the file")


@case("rest.beyond", SECTION, MUST, "REST behind the end: RETR is refused, or sends nothing")
def _(t):
    c = session(t)
    data = rest(c, len(CONTENT) + 1000)
    answer = c.ask("RETR file")
    if answer.code // 100 == 1:
        t.equal(b"", data.start().receive_all(), "what was sent")
        data.close()
        c.reply("2xx", "4xx", "5xx")
    else:
        t.true(answer.code // 100 in (4, 5), f"RETR: {answer}")
    c.in_step()


@case("rest.once", SECTION, MUST, "REST holds for one transfer")
def _(t):
    c = session(t)
    t.equal(CONTENT[100:], c.download("RETR file", rest(c, 100)), "the file from 100")
    t.equal(CONTENT, c.download("RETR file"), "the file, the second time")


@case("rest.after-refusal", SECTION, SHOULD, "REST is forgotten with a RETR that is refused")
def _(t):
    c = session(t)
    data = rest(c, 100)
    c.expect("RETR nowhere", "4xx", "5xx")
    data.stream.close()
    t.equal(CONTENT, c.download("RETR file"), "the file")


@case("rest.pasv-behind", "in use, unspecified", MAY, "PASV between REST and RETR does not undo REST, as many clients send it")
def _(t):
    c = session(t)
    c.offered("REST 7", 350)
    t.equal(CONTENT[7:], c.download("RETR file", c.passive()), "the file")


@case("rest.stor", SECTION, SHOULD, "STOR after REST n goes on at byte n, and leaves what is before")
def _(t):
    c = session(t)
    c.upload("STOR file", CONTENT[20000:] + b"and more", rest(c, 20000))
    t.equal(CONTENT + b"and more", t.get("file"), "the file")


@case("rest.stor-end", SECTION, SHOULD, "REST to the end and STOR go on with an upload that was cut")
def _(t):
    t.put("part", CONTENT[:12345])
    c = t.image()
    c.upload("STOR part", CONTENT[12345:], rest(c, 12345))
    t.equal(CONTENT, t.get("part"), "the file")


@case("rest.stor-beyond", SECTION, MUST, "STOR after REST behind the end is refused, or what lies between is zero")
def _(t):
    t.put("part", b"abc")
    c = t.image()
    data = rest(c, 10)
    answer = c.ask("STOR part")
    if answer.code // 100 == 1:
        data.start().send(b"xyz")
        data.close()
        c.reply(*COMPLETE)
        t.equal(b"abc" + bytes(7) + b"xyz", t.get("part"), "the file")
    else:
        t.true(answer.code // 100 in (4, 5), f"STOR: {answer}")
        t.equal(b"abc", t.get("part"), "the file")


for number, (line, what) in enumerate((("REST", "no number"), ("REST x", "a word"), ("REST -1", "a negative number"),
                                       ("REST 1 2", "two numbers"))):
    def wrong(line=line, what=what):
        @case(f"rest.wrong-{number + 1}", "RFC 959 §5.4; RFC 3659 §5", SHOULD, f'"{line}", with {what}, is refused')
        def _(t):
            c = session(t)
            rest(c, 1)
            c.expect(line, 500, 501, 504, 554)
    wrong()


@case("rest.huge", SECTION, MUST, "REST of 2^63 and beyond does no harm: what follows is refused, or the whole file")
def _(t):
    c = session(t)
    for offset in (2**63 - 1, 2**63, 2**64, 10**30):
        data = c.passive()
        c.ask(f"REST {offset}")
        answer = c.ask("RETR file")
        if answer.code // 100 == 1:
            got = data.start().receive_all()
            t.true(got in (b"", CONTENT), f"after REST {offset}, {len(got)} bytes came")
            data.close()
            c.reply("2xx", "4xx", "5xx")
        else:
            data.close()
        c.in_step()


@case("rest.ascii", "RFC 3659 §5", SHOULD, "In type A, REST counts bytes as they are on the wire, or is refused")
def _(t):
    t.put("text", b"".join(b"line %d\n" % number for number in range(2000)))
    c = t.login()
    c.expect("TYPE A", 200)
    whole = c.download("RETR text")
    t.true(whole.startswith(b"line 0"), f"the text comes as {whole[:20]!r}")
    for offset in (7, 8, 9, 5000):
        data = c.passive()
        c.offered(f"REST {offset}", 350, refusals=(*LACKS, 503, 554))
        answer = c.ask("RETR text")
        if answer.code // 100 != 1:
            t.true(answer.code // 100 in (4, 5), f"RETR: {answer}")
            continue
        t.equal(whole[offset:], data.start().receive_all(), f"the text from {offset}")
        data.close()
        c.reply(*COMPLETE)


@case("rest.list", SECTION, MAY, "REST does not cut a listing")
def _(t):
    c = session(t)
    t.equal({"file"}, set(lines_of(c.download("NLST", rest(c, 10)))) - {".", ".."}, "the names")
