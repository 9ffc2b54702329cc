"""pyftpdlib with a plain-text password and no change of uid: PORT ROOT FIRST LAST [CERTIFICATE]"""
import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

port, root, first, last = sys.argv[1:5]
handler = FTPHandler
if len(sys.argv) > 5:
    from pyftpdlib.handlers import TLS_FTPHandler as handler

    handler.certfile = sys.argv[5]
logging.basicConfig(level=logging.ERROR)

handler.authorizer = DummyAuthorizer()
handler.authorizer.add_user("benchuser", "benchpass", root, perm="elradfmwMT")
handler.authorizer.add_anonymous(root)
handler.passive_ports = range(int(first), int(last) + 1)
handler.timeout = 3600

server = FTPServer(("127.0.0.1", int(port)), handler, backlog=1024)
server.max_cons = server.max_cons_per_ip = 0
server.serve_forever()
