"""Commands in use that no RFC has: SITE of several kinds, and those of the drafts."""
import re

from battery import MAY, MUST, case
from ftp import REFUSED, NotOffered, entry_of

STREAMLINED = "draft-peterson-streamlined-ftp-command-extensions"
IN_USE = "in use, unspecified"
NOT_HERE = (*REFUSED, 501)
CONTENT = bytes(range(256)) * 100


@case("site.chmod", IN_USE, MAY, "SITE CHMOD sets permissions: those that UNIX.mode of MLST, or LIST, then shows")
def _(t):
    t.put("file")
    c = t.image()
    c.offered("SITE CHMOD 640 file", 200, 250, refusals=NOT_HERE)
    answer = c.ask("MLST file")
    mode = entry_of(answer.bodies()[0][1:]).facts.get("unix.mode") if answer.code == 250 and answer.multiline else None
    if mode is None:
        t.true(b"-rw-r-----" in c.download("LIST file"), "LIST shows another mode")
    else:
        t.equal(0o640, int(mode, 8) & 0o777, "the mode")


@case("site.chmod-wrong", IN_USE, MAY, "SITE CHMOD with what is no mode, or no file, is refused")
def _(t):
    t.put("file")
    c = t.image()
    c.offered("SITE CHMOD 640 file", 200, 250, refusals=NOT_HERE)
    c.expect("SITE CHMOD rwx file", "5xx")
    c.expect("SITE CHMOD 640 nowhere", "5xx")


@case("site.symlink", IN_USE, MAY, "SITE SYMLINK makes a link, through which the file can be read")
def _(t):
    t.put("file", CONTENT)
    c = t.image()
    c.offered("SITE SYMLINK file " + t.will_make("link"), 200, 250, refusals=NOT_HERE)
    t.equal(CONTENT, c.download("RETR link"), "the file, through the link")


@case("site.copy", IN_USE, MAY, "SITE CPFR and SITE CPTO copy a file on the server: 350 and 250")
def _(t):
    t.put("file", CONTENT)
    c = t.image()
    c.offered("SITE CPFR file", 350, refusals=NOT_HERE)
    c.expect("SITE CPTO " + t.will_make("copy"), 250)
    t.equal(CONTENT, t.get("copy"), "the copy")
    t.equal(CONTENT, t.get("file"), "what was copied")


@case("site.copy-wrong", IN_USE, MAY, "SITE CPTO without SITE CPFR is answered 503, and CPFR of what is not there 550")
def _(t):
    t.put("file", CONTENT)
    c = t.image()
    c.offered("SITE CPFR file", 350, refusals=NOT_HERE)
    c.expect("SITE CPFR nowhere", 550)
    c.expect("SITE CPTO copy", 503)


@case("site.remove-tree", IN_USE, MAY, "SITE RMTREE, SITE RMDIR -r, or RMDA removes a folder with all that is in it")
def _(t):
    for name in ("a", "a/b"):
        t.mkdir(name)
    t.put("a/b/file")
    t.put("a/file")
    t.put("kept")
    c = t.login()
    for line in ("RMDA a", "SITE RMTREE a"):
        if c.ask(line).code in (200, 250):
            t.equal([b"kept"], t.names(), "names in the folder")
            return
    raise NotOffered("neither RMDA nor SITE RMTREE")


@case("rmda.wrong", STREAMLINED, MAY, "RMDA of a file, or of what is not there, is refused with 550")
def _(t):
    t.mkdir("a")
    t.put("file")
    c = t.login()
    c.offered("RMDA a", 250)
    c.expect("RMDA file", 550)
    c.expect("RMDA nowhere", 550)
    t.equal([b"file"], t.names(), "names in the folder")


@case("avbl", STREAMLINED, MAY, "AVBL is answered 213 and the bytes that are free")
def _(t):
    answer = t.login().offered("AVBL", 213)
    t.true(re.fullmatch(r"213 \d+", answer.text), f"no number alone in: {answer}")


@case("avbl.missing", STREAMLINED, MAY, "AVBL of a folder that is not there is answered 550")
def _(t):
    c = t.login()
    c.offered("AVBL", 213)
    c.expect("AVBL nowhere", 550)


@case("dsiz", STREAMLINED, MAY, "DSIZ is answered 213 and the bytes of all files in a folder and below")
def _(t):
    t.mkdir("a")
    t.mkdir("a/b")
    t.put("a/one", b"1" * 1000)
    t.put("a/b/two", b"2" * 500)
    answer = t.login().offered("DSIZ a", 213)
    t.equal("213 1500", answer.text, "the reply")


@case("csid", STREAMLINED, MAY, "CSID with facts about the client is answered 200 and facts about the server")
def _(t):
    answer = t.login().offered("CSID Name=conformance; Version=1;", 200)
    t.true(re.match(r"(?i)200 name=[^;]+;", answer.text), f"no Name= in: {answer}")


@case("comb", IN_USE, MAY, "COMB joins parts into one file")
def _(t):
    t.put("part1", b"one")
    t.put("part2", b"two")
    c = t.login()
    c.offered(f"COMB {t.will_make('whole')} part1 part2", 250, 200)
    t.equal(b"onetwo", t.get("whole"), "the file")


@case("comb.missing", IN_USE, MAY, "COMB with a part that is not there is refused")
def _(t):
    t.put("part1", b"one")
    t.put("part2", b"two")
    c = t.login()
    c.offered(f"COMB {t.will_make('whole')} part1 part2", 250, 200)
    c.expect(f"COMB {t.will_make('other')} part3 part4", "4xx", "5xx")


@case("pret", IN_USE, MAY, "PRET before PASV is answered 200, and the transfer works")
def _(t):
    t.put("file", CONTENT)
    c = t.image()
    c.offered("PRET RETR file", 200, refusals=NOT_HERE)
    t.equal(CONTENT, c.download("RETR file"), "the file")


@case("site.idle", IN_USE, MAY, "SITE IDLE is answered 200 or 2xx, and takes a time")
def _(t):
    c = t.login()
    c.offered("SITE IDLE", "2xx", refusals=NOT_HERE)
    c.expect("SITE IDLE 100", "2xx")


@case("site.exec", "CERT CA-1995-16", MUST, "SITE EXEC is refused")
def _(t):
    t.login().expect("SITE EXEC id", "5xx")


@case("site.symlink-out", "RFC 3659 §6 (TVFS)", MUST, "A link to /etc leads nowhere, where /etc itself cannot be reached")
def _(t):
    c = t.image()
    if c.ask("SIZE /etc/passwd").code == 213:
        raise NotOffered("the user sees the whole machine")
    for target in ("/etc/passwd", "../" * 20 + "etc/passwd"):
        c.offered(f"SITE SYMLINK {target} " + t.will_make("link"), "2xx", 550, 553, refusals=NOT_HERE)
        c.refused_data("RETR link", "4xx", "5xx")
        c.ask("DELE link")
