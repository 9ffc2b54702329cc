cat >"$work/ferryd.toml" <<END
listen = ["127.0.0.1:$port"]
durability = "none"

[passive]
ports = "$first-$last"
${advertise:+advertise = '$advertise'}

${tls:+[tls]
certificates = [{ file = '$peers/chain.pem', key = '$peers/key.pem' \}]}

[limits]
login = 3600
idle = 7200
stalled = 3600
sessions = 100000
sessions_per_address = 0
login_failures = 1000
login_delay = 0

[anonymous]
root = "$root"
rights = "all"

[[users]]
name = "benchuser"
hash = '$hash'
root = "$root"
rights = "all"
END
command=("$build/bin/ferryd" --config "$work/ferryd.toml")
