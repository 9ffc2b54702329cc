"""SIZE, MDTM, MFMT, MFCT, MFF."""
import calendar
import re
import time

from battery import MAY, MUST, SHOULD, case
from ftp import REFUSED, NotOffered

SIZE, MDTM, MFXX = "RFC 3659 §4", "RFC 3659 §3", "draft-somers-ftp-mfxx"
TIME = "20200102030405"


def size(c, path):
    answer = c.offered("SIZE " + path, 213)
    return int(answer.text[4:])


@case("size", SIZE, MUST, "SIZE in type I is answered 213 and the number of bytes")
def _(t):
    c = t.image()
    for length in (0, 1, 123456):
        t.put("file", b"x" * length)
        answer = c.offered("SIZE file", 213)
        t.equal(f"213 {length}", answer.text, "the reply")


@case("size.type-a", SIZE, MUST, "SIZE in type A is the number of bytes that RETR would send, or is refused with 550")
def _(t):
    t.put("text", b"one\ntwo\n\n")
    c = t.login()
    c.expect("TYPE A", 200)
    answer = c.offered("SIZE text", 213, 550)
    if answer.code == 213:
        t.equal(len(c.download("RETR text")), int(answer.text[4:]), "the size")


@case("size.missing", SIZE, MUST, "SIZE of what is not there is answered 550")
def _(t):
    t.put("file")
    c = t.image()
    size(c, "file")
    c.expect("SIZE nowhere", 550)


@case("size.folder", SIZE, MUST, "SIZE of a folder is answered 550, for it cannot be transferred")
def _(t):
    t.put("file")
    t.mkdir("folder")
    c = t.image()
    size(c, "file")
    c.expect("SIZE folder", 550)


@case("size.without-path", SIZE, SHOULD, "SIZE without a path is an error in syntax")
def _(t):
    t.put("file")
    c = t.image()
    size(c, "file")
    c.expect("SIZE", 500, 501)


@case("size.grows", SIZE, MUST, "SIZE is that of now, after APPE and after STOR")
def _(t):
    t.put("file", b"12345")
    c = t.image()
    t.equal(5, size(c, "file"), "the size")
    c.upload("APPE file", b"678")
    t.equal(8, size(c, "file"), "the size after APPE")
    c.upload("STOR file", b"1")
    t.equal(1, size(c, "file"), "the size after STOR")


def mdtm(c, path):
    answer = c.offered("MDTM " + path, 213)
    return answer.text[4:]


@case("mdtm", MDTM, MUST, "MDTM is answered 213 and a time of 14 digits, perhaps with a fraction")
def _(t):
    t.put("file")
    said = mdtm(t.login(), "file")
    t.true(re.fullmatch(r"\d{14}(\.\d+)?", said), f"it is {said!r}")
    time.strptime(said[:14], "%Y%m%d%H%M%S")


@case("mdtm.utc", MDTM, MUST, "MDTM is in UTC: a file just made is from now, give or take ten minutes")
def _(t):
    t.put("file")
    said = calendar.timegm(time.strptime(mdtm(t.login(), "file")[:14], "%Y%m%d%H%M%S"))
    t.true(abs(said - time.time()) < 600, f"it is {said - time.time():+.0f} s from now")


@case("mdtm.missing", MDTM, MUST, "MDTM of what is not there is answered 550")
def _(t):
    t.put("file")
    c = t.login()
    mdtm(c, "file")
    c.expect("MDTM nowhere", 550)


@case("mdtm.without-path", MDTM, SHOULD, "MDTM without a path is an error in syntax")
def _(t):
    t.put("file")
    c = t.login()
    mdtm(c, "file")
    c.expect("MDTM", 500, 501)


@case("mdtm.rename", MDTM, SHOULD, "A rename does not change when the content was changed")
def _(t):
    t.put("file")
    c = t.login()
    before = mdtm(c, "file")
    c.expect("RNFR file", 350)
    time.sleep(1.1)
    c.expect("RNTO " + t.will_make("new"), 250)
    t.equal(before, mdtm(c, "new"), "the time")


@case("mfmt", MFXX + " §3", MAY, "MFMT sets the time that MDTM then gives, and is answered 213 Modify=time; path")
def _(t):
    t.put("file")
    c = t.login()
    answer = c.offered(f"MFMT {TIME} file", 213)
    t.true(re.fullmatch(rf"(?i)213 modify={TIME}(\.0+)?; .*file", answer.text), f"it is {answer}")
    t.equal(TIME, mdtm(c, "file")[:14], "the time")


@case("mfmt.missing", MFXX + " §3", MAY, "MFMT of what is not there is answered 550")
def _(t):
    t.put("file")
    c = t.login()
    c.offered(f"MFMT {TIME} file", 213)
    c.expect(f"MFMT {TIME} nowhere", 550)


for number, wrong in enumerate(("20201302030405", "2020010203", "yesterday", "20200132030405")):
    def bad(wrong=wrong):
        @case(f"mfmt.wrong-{number + 1}", MFXX + " §3", MAY, f"MFMT with the time {wrong} is an error in syntax")
        def _(t):
            t.put("file")
            c = t.login()
            c.offered(f"MFMT {TIME} file", 213)
            c.expect(f"MFMT {wrong} file", 501, 550)
            t.equal(TIME, mdtm(c, "file")[:14], "the time")
    bad()


@case("mfmt.feat", MFXX + " §3.1", MAY, "A server with MFMT says so in FEAT")
def _(t):
    t.put("file")
    c = t.login()
    c.offered(f"MFMT {TIME} file", 213)
    t.true("MFMT" in [line.strip().upper() for line in c.expect("FEAT", 211).bodies()], "not in FEAT")


@case("mfct", MFXX + " §4", MAY, "MFCT is answered 213 Create=time; path, or refused where no such time can be set")
def _(t):
    t.put("file")
    c = t.login()
    answer = c.offered(f"MFCT {TIME} file", 213, 504, 550, 501, refusals=(500, 502))
    if answer.code == 213:
        t.true(re.fullmatch(rf"(?i)213 create={TIME}(\.0+)?; .*file", answer.text), f"it is {answer}")


@case("mff", MFXX + " §5", MAY, "MFF sets a fact and says which: 213 Modify=time; path")
def _(t):
    t.put("file")
    c = t.login()
    answer = c.offered(f"MFF Modify={TIME}; file", 213)
    t.true(re.fullmatch(rf"(?i)213 modify={TIME}(\.0+)?; .*file", answer.text), f"it is {answer}")
    t.equal(TIME, mdtm(c, "file")[:14], "the time")


@case("mff.unknown", MFXX + " §5", MAY, "MFF with a fact that cannot be set changes none of the others")
def _(t):
    t.put("file")
    c = t.login()
    c.offered(f"MFF Modify={TIME}; file", 213)
    answer = c.ask("MFF Modify=20210102030405;Size=99; file")
    if answer.code == 213:
        raise NotOffered(f"it took what it could: {answer}")
    t.true(answer.code in (501, 504, 550), f"it is {answer}")
    t.equal(TIME, mdtm(c, "file")[:14], "the time")


@case("mff.feat", MFXX + " §5.1", MAY, "A server with MFF says in FEAT which facts it sets")
def _(t):
    t.put("file")
    c = t.login()
    c.offered(f"MFF Modify={TIME}; file", 213)
    lines = [line.strip().lower() for line in c.expect("FEAT", 211).bodies()]
    t.true(any(re.fullmatch(r"mff (\S+;)*modify;(\S+;)*", line) for line in lines), f"not in {lines}")


@case("mfmt.before-login", MFXX, MUST, "MFMT, MFCT and MFF need a login")
def _(t):
    c = t.connect()
    for verb in ("MFMT", "MFCT"):
        c.expect(f"{verb} {TIME} file", "5xx")
    c.expect(f"MFF Modify={TIME}; file", "5xx")


@case("utime", "in use, unspecified", MAY, "SITE UTIME time path sets the time that MDTM then gives")
def _(t):
    t.put("file")
    c = t.login()
    c.offered("SITE UTIME 20200102030405 file", "2xx", refusals=(*REFUSED, 501))
    t.equal(TIME, mdtm(c, "file")[:14], "the time")
