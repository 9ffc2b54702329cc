# vsftpd without a process and network namespace for each session
source "$here/vsftpd.sh"
printf 'isolate=NO\nisolate_network=NO\n' >>"$work/vsftpd.conf"
