"""DELE, RNFR, RNTO."""
from battery import MAY, MUST, SHOULD, case


@case("dele", "RFC 959 §4.1.3", MUST, "DELE is answered 250 and removes a file")
def _(t):
    t.put("file")
    c = t.login()
    c.expect("DELE file", 250)
    t.equal([], t.names(), "names in the folder")


@case("dele.missing", "RFC 959 §5.4", MUST, "DELE of what is not there is answered 550")
def _(t):
    t.login().expect("DELE nowhere", 550)


@case("dele.folder", "RFC 959 §5.4", MUST, "DELE of a folder is refused with 550, and the folder stays")
def _(t):
    t.mkdir("folder")
    c = t.login()
    c.expect("DELE folder", 550)
    c.expect("CWD folder", 250)


@case("dele.without-path", "RFC 959 §5.4", SHOULD, "DELE without a path is an error in syntax")
def _(t):
    t.login().expect("DELE", 500, 501)


@case("rename", "RFC 959 §4.1.3", MUST, "RNFR is answered 350 and RNTO 250; the file has its new name and its content")
def _(t):
    t.put("old", b"content")
    c = t.login()
    c.expect("RNFR old", 350)
    c.expect("RNTO new", 250)
    t.will_make("new")
    t.equal([b"new"], t.names(), "names in the folder")
    t.equal(b"content", t.get("new"), "the content")


@case("rename.folder", "RFC 959 §4.1.3", SHOULD, "A folder can be renamed with all that is in it")
def _(t):
    t.mkdir("old")
    t.put("old/file", b"content")
    c = t.login()
    c.expect("RNFR old", 350)
    c.expect("RNTO new", 250)
    t.equal(b"content", t.get("new/file"), "the content")


@case("rename.elsewhere", "RFC 959 §4.1.3", SHOULD, "RNTO with a path into another folder moves the file")
def _(t):
    t.mkdir("there")
    t.put("file", b"content")
    c = t.login()
    c.expect("RNFR file", 350)
    c.expect("RNTO there/file", 250)
    t.will_make("there/file")
    t.equal(b"content", t.get("there/file"), "the content")
    t.true(not t.exists("file"), "the old name is still there")


@case("rename.onto", "RFC 959 §5.4", MUST, "RNTO onto a file that exists replaces it whole, or is refused and both stay")
def _(t):
    t.put("old", b"content of old")
    t.put("new", b"of new")
    c = t.login()
    c.expect("RNFR old", 350)
    if c.expect("RNTO new", 250, 532, 550, 553).code == 250:
        t.equal(b"content of old", t.get("new"), "the content")
        t.true(not t.exists("old"), "the old name is still there")
    else:
        t.equal(b"of new", t.get("new"), "the file that was there")
        t.equal(b"content of old", t.get("old"), "the file with the old name")


@case("rename.onto-folder", "RFC 959 §5.4", MUST, "RNTO of a file onto a folder is refused, and both stay")
def _(t):
    t.put("old", b"content")
    t.mkdir("folder")
    c = t.login()
    c.expect("RNFR old", 350)
    c.expect("RNTO folder", "4xx", "5xx")
    t.equal(b"content", t.get("old"), "the file")
    c.expect("CWD folder", 250)


@case("rename.into-itself", "RFC 959 §5.4", MUST, "A folder cannot be renamed into itself: RNTO is refused, and it stays")
def _(t):
    t.mkdir("a")
    c = t.login()
    c.expect("RNFR a", 350)
    c.expect("RNTO a/b", "4xx", "5xx")
    c.expect("CWD a", 250)


@case("rename.same", "RFC 959 §4.1.3", MAY, "RNTO of the same name changes nothing, whatever the answer")
def _(t):
    t.put("file", b"content")
    c = t.login()
    c.expect("RNFR file", 350)
    c.expect("RNTO file", 250, 550, 553)
    t.equal(b"content", t.get("file"), "the file")


@case("rename.missing", "RFC 959 §5.4", MUST, "RNFR of what is not there is answered 550")
def _(t):
    t.login().expect("RNFR nowhere", 550)


@case("rename.rnto-alone", "RFC 959 §5.4", MUST, "RNTO without RNFR is answered 503")
def _(t):
    t.login().expect("RNTO new", 503)


@case("rename.rnto-later", "RFC 959 §4.1.3", SHOULD,
      "RNFR must be followed by RNTO at once: with a command between them, RNTO is answered 503")
def _(t):
    t.put("old", b"content")
    c = t.login()
    c.expect("RNFR old", 350)
    if c.expect("PWD", 257, 501, 503).code == 257:  # else it is PWD that is out of sequence
        c.expect("RNTO new", 503)
        t.equal(b"content", t.get("old"), "the file")


@case("rename.rnto-twice", "RFC 959 §5.4", MUST, "One RNFR is good for one RNTO")
def _(t):
    t.put("old")
    c = t.login()
    c.expect("RNFR old", 350)
    c.expect("RNTO " + t.will_make("new"), 250)
    c.expect("RNTO newer", 503)


@case("rename.after-failure", "RFC 959 §5.4", MUST, "A refused RNFR leaves nothing for RNTO, not even of an RNFR before it")
def _(t):
    t.put("old", b"content")
    c = t.login()
    c.expect("RNFR old", 350)
    c.expect("RNFR nowhere", 550, 501, 503)
    c.expect("RNTO new", 503)
    t.equal(b"content", t.get("old"), "the file")


@case("rename.rnfr-again", "RFC 959 §4.1.3", SHOULD, "A second RNFR replaces the first, or is out of sequence")
def _(t):
    t.put("one", b"1")
    t.put("two", b"2")
    c = t.login()
    c.expect("RNFR one", 350)
    c.offered("RNFR two", 350, refusals=(501, 503))
    c.expect("RNTO " + t.will_make("three"), 250)
    t.equal(b"2", t.get("three"), "what was renamed")


@case("rename.without-path", "RFC 959 §5.4", SHOULD, "RNFR and RNTO without a path are errors in syntax")
def _(t):
    t.put("file")
    c = t.login()
    c.expect("RNFR", 500, 501)
    c.expect("RNFR file", 350)
    c.expect("RNTO", 500, 501, 503)


@case("rename.nowhere", "RFC 959 §5.4", MUST, "RNTO into a folder that is not there is refused, and the file stays")
def _(t):
    t.put("file", b"content")
    c = t.login()
    c.expect("RNFR file", 350)
    c.expect("RNTO nowhere/file", "4xx", "5xx")
    t.equal(b"content", t.get("file"), "the file")
