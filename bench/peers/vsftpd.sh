mkdir -p "$work/empty"
cat >"$work/vsftpd.conf" <<END
listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port=$port
background=NO
anonymous_enable=YES
no_anon_password=NO
local_enable=YES
write_enable=YES
chmod_enable=YES
mdtm_write=YES
ls_recurse_enable=YES
force_dot_files=YES
local_umask=022
anon_root=$root
local_root=$root
chroot_local_user=YES
allow_writeable_chroot=YES
secure_chroot_dir=$work/empty
pam_service_name=ftpbench
pasv_min_port=$first
pasv_max_port=$last
max_clients=0
max_per_ip=0
xferlog_enable=NO
idle_session_timeout=3600
data_connection_timeout=300
ascii_download_enable=YES
ascii_upload_enable=YES
use_sendfile=YES
# its sandbox knows too few system calls for today's kernels
seccomp_sandbox=NO
END
[ -z "$advertise" ] || echo "pasv_address=$advertise" >>"$work/vsftpd.conf"
[ -z "$everything" ] || echo 'async_abor_enable=YES' >>"$work/vsftpd.conf"
[ -z "$fxp" ] || printf '%s\n' pasv_promiscuous=YES port_promiscuous=YES >>"$work/vsftpd.conf"
[ -z "$tls" ] || cat >>"$work/vsftpd.conf" <<END
ssl_enable=YES
allow_anon_ssl=YES
force_local_data_ssl=NO
force_local_logins_ssl=NO
ssl_ciphers=HIGH
require_ssl_reuse=NO
strict_ssl_read_eof=NO
rsa_cert_file=$peers/cert.pem
END
command=("$peers/vsftpd/usr/sbin/vsftpd" "$work/vsftpd.conf")
