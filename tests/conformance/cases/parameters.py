"""TYPE, STRU, MODE, ALLO, SITE, SMNT."""
from battery import MAY, MUST, SHOULD, case
from ftp import LACKS, REFUSED

REQUIRED = [
    ("type.a", "TYPE A", "RFC 959 §5.1"), ("type.a-n", "TYPE A N", "RFC 959 §5.1"),
    ("type.i", "TYPE I", "RFC 1123 §4.1.2.13"), ("type.l-8", "TYPE L 8", "RFC 1123 §4.1.2.1, §4.1.2.13"),
    ("stru.f", "STRU F", "RFC 959 §5.1"), ("mode.s", "MODE S", "RFC 959 §5.1"),
]
OPTIONAL = [
    ("type.a-t", "TYPE A T", "RFC 959 §3.1.1.5.2; RFC 1123 §4.1.2.2", SHOULD),
    ("type.a-c", "TYPE A C", "RFC 959 §3.1.1.5.3", MAY), ("type.e", "TYPE E", "RFC 959 §3.1.1.2", MAY),
    ("type.e-n", "TYPE E N", "RFC 959 §3.1.1.2", MAY), ("type.e-t", "TYPE E T", "RFC 959 §3.1.1.2", MAY),
    ("type.e-c", "TYPE E C", "RFC 959 §3.1.1.2", MAY), ("stru.r", "STRU R", "RFC 959 §5.1; RFC 1123 §4.1.2.13", MAY),
    ("stru.p", "STRU P", "RFC 959 §3.1.2.3", MAY), ("mode.b", "MODE B", "RFC 959 §3.4.2", MAY),
    ("mode.c", "MODE C", "RFC 959 §3.4.3", MAY), ("mode.z", "MODE Z", "draft-preston-ftpext-deflate §3", MAY),
]
WRONG = [
    ("type.unknown", "TYPE Q", "an unknown type", (500, 501, 504)),
    ("type.missing", "TYPE", "TYPE without a type", (500, 501, 504)),
    ("type.l-missing", "TYPE L", "TYPE L without a size", (500, 501, 504)),
    ("type.l-7", "TYPE L 7", "a byte size that is not 8", (500, 501, 504)),
    ("type.l-0", "TYPE L 0", "a byte of no bits", (500, 501, 504)),
    ("type.format-unknown", "TYPE A Q", "an unknown format", (500, 501, 504)),
    ("stru.unknown", "STRU Q", "an unknown structure", (500, 501, 504)),
    ("stru.missing", "STRU", "STRU without a structure", (500, 501, 504)),
    ("mode.unknown", "MODE Q", "an unknown mode", (500, 501, 504)),
    ("mode.missing", "MODE", "MODE without a mode", (500, 501, 504)),
]


def required(id, line, section):
    @case(id, section, MUST, f"{line} is answered 200")
    def _(t):
        t.login().expect(line, 200)


def optional(id, line, section, level):
    @case(id, section, level, f"{line} is answered 200, or 504 by a server without it")
    def _(t):
        c = t.login()
        c.offered(line, 200, refusals=LACKS)
        c.in_step()


def wrong(id, line, what, codes):
    @case(id, "RFC 959 §5.4", MUST, f"{line}: {what} is refused")
    def _(t):
        c = t.login()
        c.expect(line, *codes)
        c.in_step()


for row in REQUIRED:
    required(*row)
for row in OPTIONAL:
    optional(*row)
for row in WRONG:
    wrong(*row)


@case("parameters.kept", "RFC 959 §4.1.2", MUST, "A refused TYPE, STRU or MODE changes nothing")
def _(t):
    content = b"one\ntwo\r\nthree\r"
    name = t.put("file", content)
    c = t.image()
    for line in ("TYPE Q", "TYPE L 9", "STRU Q", "MODE Q"):
        c.expect(line, "5xx")
    t.equal(content, c.download("RETR " + name), "the file")


@case("parameters.last", "RFC 959 §4.1.2", MUST, "TYPE holds for all transfers until the next TYPE")
def _(t):
    content = b"one\ntwo\r\nthree\r"
    name = t.put("file", content)
    c = t.login()
    c.expect("TYPE A", 200)
    c.expect("TYPE I", 200)
    for _ in range(3):
        t.equal(content, c.download("RETR " + name), "the file")


@case("type.l-8-is-i", "RFC 1123 §4.1.2.1", MUST, "TYPE L 8 is the same as TYPE I")
def _(t):
    content = bytes(range(256)) * 3
    c = t.login()
    c.expect("TYPE L 8", 200)
    c.upload("STOR file", content)
    t.equal(content, t.get("file"), "what was stored")
    t.equal(content, c.download("RETR file"), "what was read")


@case("allo", "RFC 959 §4.1.3", MUST, "ALLO is answered 200 or 202")
def _(t):
    t.login().expect("ALLO 1000", 200, 202)


@case("allo.record", "RFC 959 §4.1.3", MAY, "ALLO with R and a record size is answered 200 or 202")
def _(t):
    t.login().offered("ALLO 1000 R 100", 200, 202, refusals=LACKS)


@case("allo.wrong", "RFC 959 §5.4", SHOULD, "ALLO without a number is an error in syntax")
def _(t):
    t.login().expect("ALLO x", 500, 501, 504)


@case("allo.too-much", "RFC 959 §4.1.3", SHOULD, "ALLO of 4 exabytes is refused, or superfluous: 202")
def _(t):
    t.login().expect("ALLO 4611686018427387904", 202, 452, 501, 504, 552)


@case("allo.then-stor", "RFC 959 §4.1.3", MUST, "A file after ALLO has the length of what was sent, not of what was asked for")
def _(t):
    c = t.image()
    c.expect("ALLO 100000", 200, 202)
    c.upload("STOR file", b"short")
    t.equal(b"short", t.get("file"), "what was stored")


@case("site.unknown", "RFC 959 §5.4", MUST, "An unknown SITE command is refused")
def _(t):
    c = t.login()
    c.expect("SITE XYZZY 1 2 3", 500, 501, 502, 504)
    c.in_step()


@case("site.help", "RFC 959 §4.1.3", MAY, "SITE HELP is answered 200, 202, 211 or 214")
def _(t):
    c = t.login()
    c.offered("SITE HELP", 200, 202, 211, 214, refusals=LACKS)
    c.in_step()


@case("smnt", "RFC 959 §5.4", MAY, "SMNT of / is answered 202 or 250")
def _(t):
    t.login().offered("SMNT /", 202, 250, refusals=(*REFUSED, 550))
