"""PORT PROGRAM ARGUMENT...: runs PROGRAM for each connection, with the connection as its standard input and output."""
import signal
import socket
import subprocess
import sys

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
while True:
    connection, _ = listener.accept()
    with connection:
        subprocess.Popen(sys.argv[2:], stdin=connection, stdout=connection)
