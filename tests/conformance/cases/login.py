"""USER, PASS, ACCT, REIN, and what they let in."""
from battery import MAY, MUST, SHOULD, case
from ftp import COMPLETE, REFUSED, Failed, NotOffered, Skipped

WRONG = "certainly-not-the-password-7f3a"
SLOW = 20  # seconds: many servers take their time with a wrong password

# What each one would do, and the replies of RFC 959 §5.4 that mean "not before the login".
NEEDS_LOGIN = [
    ("CWD /", "530"), ("CDUP", "530"), ("PWD", "530 550"), ("MKD conformance-x", "530"), ("RMD conformance-x", "530"),
    ("DELE conformance-x", "530"), ("RNFR conformance-x", "530"), ("RNTO conformance-x", "530 503"),
    ("RETR conformance-x", "530"), ("STOR conformance-x", "530"), ("APPE conformance-x", "530"), ("LIST", "530"),
    ("NLST", "530"), ("PASV", "530"), ("PORT 127,0,0,1,200,1", "530"),
]
OPTIONAL = ["STOU", "SMNT /", "EPSV", "EPRT |1|127.0.0.1|51201|", "SIZE conformance-x", "MDTM conformance-x",
            "MLST /", "MLSD /", "MFMT 20200101000000 conformance-x", "SITE CHMOD 777 conformance-x", "HASH conformance-x",
            "XCRC conformance-x", "RANG 0 1", "RMDA conformance-x", "AVBL", "COMB conformance-x conformance-y", "LPSV",
            "CPSV", "SITE CPFR conformance-x"]


def before(line, codes):
    @case("before-login." + line.split()[0].lower(), "RFC 959 §5.4", MUST, f"{line.split()[0]} is refused before the login")
    def _(t):
        t.connect().expect(line, *(int(code) for code in codes.split()))


for line, codes in NEEDS_LOGIN:
    before(line, codes)


@case("before-login.extensions", "RFC 2428, 3659, 7151", MUST, "No extension touches files or opens ports before the login")
def _(t):
    c = t.connect()
    for line in OPTIONAL:
        c.expect(line, "5xx")


@case("before-login.between", "RFC 959 §5.4", MUST, "Between USER and PASS nothing is allowed that the login allows")
def _(t):
    c = t.connect()
    c.expect("USER " + t.server.user, 331)
    c.expect("CWD /", 530, 503)
    c.expect("PASV", 530, 503)


@case("login", "RFC 959 §4.1.1", MUST, "USER is answered 331 and PASS 230, and then files can be reached")
def _(t):
    c = t.connect()
    c.expect("USER " + t.server.user, 331, 230)
    c.expect("PASS " + t.server.password, 230, 202)
    c.expect("PWD", 257)


@case("login.pass-first", "RFC 959 §5.4", MUST, "PASS without a USER before it is refused: 503")
def _(t):
    t.connect().expect("PASS " + t.server.password, 503, patience=SLOW)


@case("login.wrong-password", "RFC 959 §5.4", MUST, "A wrong password is answered 530, and lets nobody in")
def _(t):
    c = t.connect()
    c.expect("USER " + t.server.user, 331)
    c.expect("PASS " + WRONG, 530, patience=SLOW)
    c.expect("PWD", 530, 550, 503)


@case("login.empty-password", "RFC 959 §5.4", MUST, "PASS without an argument lets nobody in who has a password")
def _(t):
    c = t.connect()
    c.expect("USER " + t.server.user, 331)
    c.expect("PASS", "5xx", patience=SLOW)
    c.expect("PWD", 530, 550, 503)


@case("login.password-prefix", "RFC 959 §4.1.1", MUST,
      "The beginning of a password, and one that goes on behind it, are wrong ones")
def _(t):
    for word in (t.server.password[:-1], t.server.password + "x"):
        c = t.connect()
        c.expect("USER " + t.server.user, 331)
        c.expect("PASS " + word, 530, patience=SLOW)


@case("login.unknown-user", "RFC 959 §5.4", MUST, "An unknown user is refused with 530, after USER or after PASS")
def _(t):
    c = t.connect()
    if c.expect("USER nobody-of-this-name", 331, 530, patience=SLOW).code == 331:
        c.expect("PASS " + WRONG, 530, patience=SLOW)


@case("login.same-words", "RFC 2577 §6", SHOULD, "Replies do not tell an unknown user from a wrong password")
def _(t):
    said = []
    for user in (t.server.user, "nobody-of-this-name"):
        c = t.connect()
        said.append([c.ask(line, patience=SLOW).text.replace(user, "...") for line in ("USER " + user, "PASS " + WRONG)])
    t.equal(*said, "what USER and PASS were answered")


@case("login.after-failure", "RFC 959 §4.1.1", SHOULD, "After a wrong password the right one is taken in the same session")
def _(t):
    c = t.connect()
    c.expect("USER " + t.server.user, 331)
    c.expect("PASS " + WRONG, 530, patience=SLOW)
    c.login()


@case("login.user-user", "RFC 959 §4.1.1", MUST, "A second USER before PASS replaces the first")
def _(t):
    c = t.connect()
    c.expect("USER nobody-of-this-name", 331, 530, patience=SLOW)
    c.login()
    c.expect("PWD", 257)


@case("login.again", "RFC 959 §5.4", MUST, "USER after the login gets a reply that RFC 959 lists")
def _(t):
    c = t.login()
    answer = c.expect("USER " + t.server.user, 230, 331, 332, 530, 500, 501, patience=SLOW)
    if answer.code == 331:
        c.expect("PASS " + t.server.password, 230)
    c.in_step()


@case("login.again-other", "RFC 959 §4.1.1", MUST, "USER of somebody else ends the rights of the one before, or is refused")
def _(t):
    c = t.login()
    if c.expect("USER nobody-of-this-name", 331, 332, "4xx", "5xx", patience=SLOW).code in (331, 332):
        c.expect("PASS " + WRONG, 530, patience=SLOW)
        c.expect("PWD", 530, 550, 503)


@case("login.user-without-name", "RFC 959 §5.4", MUST, "USER without a name is an error in syntax")
def _(t):
    t.connect().expect("USER", 500, 501, patience=SLOW)


@case("login.pipelined", "RFC 1123 §4.1.2.10", SHOULD, "USER, PASS and more in one segment are carried out in order")
def _(t):
    c = t.connect()
    if t.server.secure:
        c.secure()
    c.send_raw(f"USER {t.server.user}\r\nPASS {t.server.password}\r\nPWD\r\nNOOP\r\n".encode())
    if c.reply(230, 331).code == 331:
        c.reply(230, patience=SLOW)
    else:
        c.reply(202, 230, 503)
    c.reply(257)
    c.reply(200)


@case("login.defaults", "RFC 959 §5.1", MUST, "Type A N, mode S and structure F hold without having been asked for")
def _(t):
    name = t.put("text", b"one\ntwo\n")
    fresh = t.login().download("RETR " + name)
    t.true(fresh.startswith(b"one"), f"the file comes as {fresh!r}")
    c = t.login()
    for line in ("TYPE A N", "MODE S", "STRU F"):
        c.expect(line, 200)
    t.equal(c.download("RETR " + name), fresh, "a text, without TYPE")


@case("acct", "RFC 959 §5.4", MAY, "ACCT after the login is answered 202 or 230 where no account is needed")
def _(t):
    t.login().offered("ACCT conformance", 202, 230, refusals=(*REFUSED, 501, 503, 530))


@case("acct.first", "RFC 959 §5.4", MUST, "ACCT before USER lets nobody in")
def _(t):
    c = t.connect()
    c.expect("ACCT conformance", 202, 500, 501, 502, 503, 530)
    c.expect("PWD", 530, 550, 503)


def accountable(t):
    """A session past PASS, of somebody who must give an account; and the account."""
    if not t.server.account:
        raise Skipped("needs --account")
    user, password, account = t.server.account
    c = t.connect()
    if t.server.secure:
        c.secure()
    c.expect("USER " + user, 331, 332)
    c.expect("PASS " + password, 332)
    return c, account


@case("acct.login", "RFC 959 §4.1.1, §5.4", MAY, "Where an account is needed for the login, PASS is answered 332 and ACCT 230")
def _(t):
    c, account = accountable(t)
    c.expect("ACCT " + account, 230)
    c.expect("PWD", 257)


@case("acct.before", "RFC 959 §5.4", MUST, "Between 332 and ACCT nothing is allowed that the login allows")
def _(t):
    c, _ = accountable(t)
    for line in ("PWD", "CWD /", "PASV", "RETR file"):
        c.expect(line, 332, 530, 532, 503)


@case("acct.wrong", "RFC 959 §5.4", MUST, "A wrong account lets nobody in")
def _(t):
    c, account = accountable(t)
    c.expect(f"ACCT {account}-not", 530, 532, 501, patience=SLOW)
    c.expect("CWD /", 530, 532, 503)


@case("rein", "RFC 959 §4.1.1", MAY, "REIN is answered 220, and ends the login")
def _(t):
    t.in_the_clear()  # REIN ends TLS, too
    c = t.login()
    c.offered("REIN", 220)
    c.expect("PWD", 530, 550, 503)


@case("rein.login", "RFC 959 §4.1.1", MUST, "After REIN one may log in again")
def _(t):
    t.in_the_clear()
    c = t.login()
    c.offered("REIN", "2xx")
    c.login()
    c.expect("PWD", 257)


@case("rein.parameters", "RFC 959 §4.1.1", MUST, "REIN puts type and folder back to what they were at the beginning")
def _(t):
    t.in_the_clear()
    name = t.put("text", b"one\ntwo\n")
    c = t.image()
    home = t.folder.rsplit("/", 1)[0] or "/"
    c.offered("REIN", "2xx")
    c.login()
    t.true(f'"{home}"' in c.expect("PWD", 257).text, "the folder is not that of the login")
    c.expect("CWD " + t.folder, 250)
    fresh = t.login().download("RETR " + name)
    t.true(fresh.startswith(b"one"), f"the file comes as {fresh!r}")
    t.equal(fresh, c.download("RETR " + name), "a text, after REIN")


@case("rein.in-transfer", "RFC 959 §4.1.1", SHOULD, "REIN lets a transfer that is under way come to its end")
def _(t):
    t.in_the_clear()
    content = bytes(range(256)) * 16384
    name = t.put("file", content)
    t.login().offered("REIN", "2xx")
    c = t.image()
    data = c.begin("RETR " + name)
    c.send("REIN")
    t.equal(content, data.receive_all(), "the file")
    data.close()
    c.reply(*COMPLETE)
    c.reply("2xx")


@case("anonymous", "RFC 1635", MAY, "Anonymous is let in with an e-mail address for a password")
def _(t):
    c = t.connect()
    if t.server.secure:
        c.secure()
    answer = c.ask("USER anonymous", patience=SLOW)
    if answer.code in (530, 532):
        raise NotOffered(str(answer))
    if answer.code == 331:
        answer = c.ask("PASS guest@example.org", patience=SLOW)
        if answer.code == 530:
            raise NotOffered(str(answer))
    t.equal(230, answer.code, "the reply")
    c.expect("PWD", 257)


@case("anonymous.ftp", "RFC 1635", MAY, "Where anonymous is let in, ftp is the same")
def _(t):
    for name in ("anonymous", "ftp"):
        c = t.connect()
        if t.server.secure:
            c.secure()
        answer = c.ask("USER " + name, patience=SLOW)
        if answer.code == 331:
            answer = c.ask("PASS guest@example.org", patience=SLOW)
        if answer.code == 530 and name == "anonymous":
            raise NotOffered(str(answer))
        if answer.code != 230:
            raise Failed(f"{name}: {answer}")
