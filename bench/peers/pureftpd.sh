command=("$peers/pure-ftpd/usr/sbin/pure-ftpd" -4 -S "127.0.0.1,$port" -c 20000 -l unix -H -A -D -I 600 -u 1
  -p "$first:$last" -L 200000:20 -g "$work/pid" ${advertise:+-P "$advertise"} ${fxp:+-w} ${tls:+-Y 1 -2 "$peers/cert.pem"})
