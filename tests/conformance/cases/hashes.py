"""HASH, OPTS HASH, RANG, and the X forms."""
import hashlib
import re
import zlib

from battery import MAY, MUST, SHOULD, case
from ftp import COMPLETE, REFUSED, Failed, NotOffered

HASH, RANG = "draft-bryan-ftpext-hash §3", "draft-bryan-ftp-range"
CONTENT = bytes(at * 13 + at // 256 & 255 for at in range(100000))
DIGESTS = {
    "SHA-1": lambda data: hashlib.sha1(data).hexdigest(), "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "SHA-512": lambda data: hashlib.sha512(data).hexdigest(), "MD5": lambda data: hashlib.md5(data).hexdigest(),
    "CRC32": lambda data: f"{zlib.crc32(data):08x}",
}


def session(t):
    t.put("file", CONTENT)
    return t.image()


def algorithms(c):
    """{name: whether it is chosen}, from FEAT."""
    c.offered("HASH file", 213)
    for line in c.expect("FEAT", 211).bodies():
        if line.strip().upper().startswith("HASH "):
            names = [name for name in line.strip()[5:].split(";") if name]
            return {name.rstrip("*").upper(): name.endswith("*") for name in names}
    raise Failed("HASH works, and FEAT does not list it")


def digest_in(answer):
    """The parts of 213 <algorithm> <first>-<last> <digest> <path>."""
    last = answer.text.splitlines()[-1]
    found = re.fullmatch(r"213 (\S+) (\d+)-(\d+) ([0-9A-Fa-f]+) (.+)", last)
    if not found:
        raise Failed(f"not 213 algorithm first-last digest path: {last}")
    return found[1].upper(), int(found[2]), int(found[3]), found[4].lower(), found[5]


@case("hash", HASH, MAY, "HASH gives the digest of a file, by the algorithm that FEAT marks")
def _(t):
    c = session(t)
    chosen = [name for name, star in algorithms(c).items() if star]
    t.equal(1, len(chosen), "algorithms with a star")
    name, _, _, digest, path = digest_in(c.expect("HASH file", 213))
    t.equal(chosen[0], name, "the algorithm")
    t.equal(DIGESTS[name](CONTENT), digest, "the digest")
    t.true(path.endswith("file"), f"the path is {path!r}")


@case("hash.range", HASH, SHOULD, "The range in the reply to HASH is that of the whole file")
def _(t):
    c = session(t)
    algorithms(c)
    _, first, last, _, _ = digest_in(c.expect("HASH file", 213))
    t.true((first, last) in ((0, len(CONTENT) - 1), (0, len(CONTENT))), f"it is {first}-{last} of {len(CONTENT)} bytes")


@case("hash.all", HASH, MUST, "Every algorithm that FEAT lists can be chosen, and its digest is right")
def _(t):
    c = session(t)
    for name in algorithms(c):
        c.expect("OPTS HASH " + name, 200)
        said, _, _, digest, _ = digest_in(c.expect("HASH file", 213))
        t.equal(name, said, "the algorithm")
        if name in DIGESTS:
            t.equal(DIGESTS[name](CONTENT), digest, f"the digest by {name}")


@case("hash.sha-1", "draft-bryan-ftpext-hash §5", MUST, "SHA-1 is among the algorithms")
def _(t):
    t.true("SHA-1" in algorithms(session(t)), "it is not")


@case("hash.opts", HASH + ".2", MUST, "OPTS HASH without an algorithm names the one that is chosen")
def _(t):
    c = session(t)
    chosen = [name for name, star in algorithms(c).items() if star]
    answer = c.expect("OPTS HASH", 200)
    t.equal(chosen, [answer.text[4:].strip().upper()], "the algorithm")


@case("hash.opts-unknown", HASH + ".2", MUST, "OPTS HASH of an unknown algorithm is answered 501 or 504, and changes nothing")
def _(t):
    c = session(t)
    before = algorithms(c)
    c.expect("OPTS HASH CRC-37", 501, 504)
    t.equal(before, algorithms(c), "the algorithms")


@case("hash.empty", HASH, MUST, "HASH of an empty file is the digest of nothing")
def _(t):
    t.put("empty", b"")
    c = session(t)
    algorithms(c)
    name, _, _, digest, _ = digest_in(c.expect("HASH empty", 213))
    t.equal(DIGESTS[name](b""), digest, "the digest")


@case("hash.missing", HASH + ".5", SHOULD, "HASH of what is not there is answered 550")
def _(t):
    c = session(t)
    algorithms(c)
    c.expect("HASH nowhere", 550)


@case("hash.folder", HASH + ".5", SHOULD, "HASH of a folder is answered 553 or 550")
def _(t):
    t.mkdir("folder")
    c = session(t)
    algorithms(c)
    c.expect("HASH folder", 553, 550)


@case("hash.type", HASH, MUST, "HASH is that of the file in type I, whatever the type is")
def _(t):
    t.put("text", b"one\ntwo\n")
    c = session(t)
    algorithms(c)
    c.expect("TYPE A", 200)
    name, _, _, digest, _ = digest_in(c.expect("HASH text", 213))
    t.equal(DIGESTS[name](b"one\ntwo\n"), digest, "the digest")


@case("hash.part", HASH + ".3", MAY, "After RANG first last, HASH is that of those bytes")
def _(t):
    c = session(t)
    algorithms(c)
    c.offered("RANG 1000 1999", 350)
    name, first, last, digest, _ = digest_in(c.expect("HASH file", 213))
    t.equal(DIGESTS[name](CONTENT[1000:2000]), digest, f"the digest of {first}-{last}")


def crossed(verb, algorithm):
    @case(f"{verb.lower()}", "in use, unspecified", MAY, f"{verb} gives the {algorithm} of a file, with 250 or 213")
    def _(t):
        c = session(t)
        answer = c.offered(f"{verb} file", 250, 213)
        t.true(DIGESTS[algorithm](CONTENT).lstrip("0") in answer.text.lower(), f"another digest: {answer}")
        c.expect(f"{verb} nowhere", "4xx", "5xx")


for verb, algorithm in (("XCRC", "CRC32"), ("XMD5", "MD5"), ("XSHA1", "SHA-1"), ("XSHA256", "SHA-256"), ("XSHA512", "SHA-512")):
    crossed(verb, algorithm)


@case("xcrc.part", "in use, unspecified", MAY, "XCRC takes a first and a last byte behind the path")
def _(t):
    t.put("a file", CONTENT)
    c = session(t)
    c.offered("XCRC file", 250, 213)
    answer = c.ask('XCRC "a file" 1000 2000')
    if answer.code // 100 != 2:
        raise NotOffered(str(answer))
    wanted = [DIGESTS["CRC32"](CONTENT[1000:2000]), DIGESTS["CRC32"](CONTENT[1000:2001])]
    t.true(any(each.lstrip("0") in answer.text.lower() for each in wanted), f"another digest: {answer}")


def rang(c, first, last):
    """RANG must be the last command before the transfer's (§4.3), so this makes the data connection first."""
    data = c.passive()
    c.offered(f"RANG {first} {last}", 350)
    return data


@case("rang.retr", RANG + " §4.3", MAY, "After RANG, RETR sends those bytes, the last included")
def _(t):
    c = session(t)
    for first, last in ((0, 0), (1000, 1999), (99999, 99999)):
        t.equal(CONTENT[first:last + 1], c.download("RETR file", rang(c, first, last)), f"bytes {first} to {last}")


@case("rang.beyond", RANG + " §4.3", SHOULD, "A range that goes beyond the file's end is cut there; one behind it has no bytes")
def _(t):
    c = session(t)
    t.equal(CONTENT[99000:], c.download("RETR file", rang(c, 99000, 500000)), "the range")
    data = rang(c, 200000, 300000)
    if c.expect("RETR file", 125, 150, "5xx").code // 100 == 1:
        t.equal(b"", data.start().receive_all(), "a range behind the end")
        data.close()
        c.reply(*COMPLETE)


@case("rang.reset", RANG + " §3", MUST, "RANG 1 0 is answered 350, and the whole file comes")
def _(t):
    c = session(t)
    rang(c, 10, 19)
    t.equal(CONTENT, c.download("RETR file", rang(c, 1, 0)), "the file")


@case("rang.wrong", RANG + " §3", MUST, "RANG with its end before its beginning is answered 501, and the whole file comes")
def _(t):
    c = session(t)
    data = rang(c, 10, 19)
    c.expect("RANG 20 10", 501)
    t.equal(CONTENT, c.download("RETR file", data), "the file")


@case("rang.once", RANG + " §3", MUST, "RANG holds for one transfer")
def _(t):
    c = session(t)
    c.download("RETR file", rang(c, 10, 19))
    t.equal(CONTENT, c.download("RETR file"), "the file, the second time")


@case("rang.stor", RANG + " §4.3", MAY, "After RANG, STOR writes those bytes and no others, and cuts nothing off")
def _(t):
    c = session(t)
    c.upload("STOR file", b"0123456789", rang(c, 1000, 1009))
    t.equal(CONTENT[:1000] + b"0123456789" + CONTENT[1010:], t.get("file"), "the file")


@case("rang.stor-more", RANG + " §4.3", MUST, "What is sent beyond the range changes nothing behind it")
def _(t):
    c = session(t)
    data = c.begin("STOR file", rang(c, 1000, 1009))
    data.send(b"0123456789 and too much")
    data.close()
    c.reply("2xx", "4xx", "5xx")
    t.equal(CONTENT[1010:], t.get("file")[1010:], "what is behind the range")


@case("rang.feat", RANG + " §3.1", MUST, "A server with RANG says RANG STREAM in FEAT")
def _(t):
    c = session(t)
    rang(c, 1, 0)
    t.true("RANG STREAM" in [line.strip().upper() for line in c.expect("FEAT", 211).bodies()], "not in FEAT")


@case("rang.negative", RANG + " §3", MUST, "RANG with what are no numbers is refused")
def _(t):
    c = session(t)
    rang(c, 1, 0)
    for line in ("RANG -5 10", "RANG x y", "RANG 1", "RANG"):
        c.expect(line, 500, 501, 504)
    t.equal(CONTENT, c.download("RETR file"), "the file")


@case("hash.rights", HASH, MUST, "HASH and the X forms need a login")
def _(t):
    c = t.connect()
    for verb in ("HASH", "XCRC", "XMD5", "XSHA1", "XSHA256"):
        answer = c.ask(f"{verb} /")
        t.true(answer.code in (530, 503, *REFUSED), f"{verb} before the login: {answer}")
