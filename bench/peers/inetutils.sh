command=(/usr/bin/python3 "$here/inetd.py" "$port" "$peers/inetutils-ftpd/usr/sbin/ftpd" --auth=default --umask=022)
