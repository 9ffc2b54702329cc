modules=$work/modules
mkdir -p "$modules"
cp -n "$peers"/proftpd-*/usr/lib/proftpd/*.so "$modules"
cat >"$work/proftpd.conf" <<END
ModulePath $modules
${tls:+LoadModule mod_tls.c}
${everything:+LoadModule mod_deflate.c
LoadModule mod_copy.c
LoadModule mod_digest.c
LoadModule mod_site_misc.c}
ServerName bench
ServerType standalone
DefaultServer on
DefaultAddress 127.0.0.1
SocketBindTight on
UseIPv6 off
Port $port
UseReverseDNS off
DelayEngine off
MaxInstances none
TimeoutIdle 3600
TimeoutNoTransfer 3600
TimeoutLogin 300
TimeoutStalled 3600
User nobody
Group nogroup
Umask 022
DefaultRoot $root
AuthOrder mod_auth_pam.c* mod_auth_unix.c
AuthPAM on
AuthPAMConfig ftpbench
RequireValidShell off
UseFtpUsers off
PassivePorts $first $last
${advertise:+MasqueradeAddress $advertise}
UseSendfile on
AllowOverwrite on
AllowStoreRestart on
AllowRetrieveRestart on
ListOptions "-a"
WtmpLog off
TransferLog none
SystemLog $work/system.log
ScoreboardFile $work/scoreboard
PidFile $work/proftpd.pid
ControlsEngine off
<Anonymous $root>
  User ftp
  Group nogroup
  UserAlias anonymous ftp
  RequireValidShell off
</Anonymous>
END
[ -z "$everything" ] || echo 'DeflateEngine on' >>"$work/proftpd.conf"
[ -z "$fxp" ] || echo 'AllowForeignAddress on' >>"$work/proftpd.conf"
[ -z "$tls" ] || cat >>"$work/proftpd.conf" <<END
TLSEngine on
TLSRequired off
TLSProtocol TLSv1.2 TLSv1.3
TLSECCertificateFile $peers/chain.pem
TLSECCertificateKeyFile $peers/key.pem
TLSOptions NoSessionReuseRequired
TLSVerifyClient off
END
command=("$peers/proftpd-core/usr/sbin/proftpd" -n -c "$work/proftpd.conf")
