command=(/usr/bin/python3 -W ignore "$here/pyftpdlib_server.py" "$port" "$root" "$first" "$last"
  ${tls:+"$peers/cert.pem"})
