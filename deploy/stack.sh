# What deploy/up and deploy/down share: where things are, and how processes are started and stopped. Sourced, not run.

services=(directory policy enterprise project notification assessment appeal)
declare -A default_ports=([directory]=7401 [policy]=7402 [enterprise]=7403 [project]=7405 [notification]=7407 [assessment]=7406 [appeal]=7404)
run="$root/.run"
[ -z "${ZTC_RUN:-}" ] || run=$(realpath -m "$ZTC_RUN")
postgres_binaries=/usr/lib/postgresql/15/bin

say() { printf '%s\n' "$*"; }

fail() {
    printf 'deploy: %s\n' "$*" >&2
    exit 1
}

# The private cluster. PostgreSQL does not run as root, and the user that it runs as then has to reach the folder.
if [ "$(id -u)" = 0 ]; then
    place=$(printf '%s' "$run" | cksum | cut -d ' ' -f 1)
    cluster="/var/lib/zhitongche/$place"
    as_postgres() { (cd / && runuser -u postgres -- "$@"); }
else
    cluster="$run/postgres"
    as_postgres() { "$@"; }
fi

# The certificates of an installation with TLS, made once by an authority of its own, and again when little is left of them.
make_certificate() { # name; the names below which it is reached stand in it too
    local name=$1 place="$run/tls"
    ! openssl x509 -in "$place/$name.pem" -noout -checkend 604800 >/dev/null 2>&1 || return 0
    (
        umask 077
        if ! openssl x509 -in "$place/ca.pem" -noout -checkend 2592000 >/dev/null 2>&1; then
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$place/ca.key" \
                -out "$place/ca.pem" -subj "/CN=Zhitongche development" -days 3650 \
                -addext keyUsage=critical,keyCertSign,cRLSign 2>>"$run/log/openssl.log"
        fi
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -CA "$place/ca.pem" -CAkey "$place/ca.key" \
            -keyout "$place/$name.key" -out "$place/$name.pem" -subj "/CN=$name" -days 90 \
            -addext basicConstraints=critical,CA:FALSE -addext extendedKeyUsage=serverAuth,clientAuth \
            -addext "subjectAltName=DNS:$name,DNS:localhost,DNS:127.0.0.1,IP:127.0.0.1" 2>>"$run/log/openssl.log"
    )
}

# A port that nobody listens on: the wanted one when it is free, else any.
free_port() {
    python3 - "${1:-0}" <<'PYTHON'
import socket, sys
for port in (int(sys.argv[1]), 0):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(s.getsockname()[1])
        break
PYTHON
}

# Whether the process of a name runs: its recorded number must still belong to the program that was started.
is_running() {
    local name=$1 number program
    [ -f "$run/pid/$name" ] || return 1
    read -r number program <"$run/pid/$name"
    [ -d "/proc/$number" ] && [ "$(readlink "/proc/$number/exe" | sed 's/ (deleted)$//')" = "$program" ]
}

# Starts a program in the background, apart from this terminal, with its output in .run/log.
start_process() {
    local name=$1 program
    shift
    program=$(readlink -f "$1")
    setsid nohup "$@" </dev/null >"$run/log/$name.out" 2>"$run/log/$name.log" &
    printf '%s %s\n' $! "$program" >"$run/pid/$name"
    # The number is that of a shell until it has become the program, which takes a while on a busy machine.
    for _ in $(seq 100); do
        is_running "$name" && break
        [ -d "/proc/$!" ] || break
        sleep 0.05
    done
}

# Asks a process to stop, waits, and ends it when it does not.
stop_process() {
    local name=$1 number program
    if is_running "$name"; then
        read -r number program <"$run/pid/$name"
        kill -TERM "$number"
        for _ in $(seq 350); do
            is_running "$name" || break
            sleep 0.1
        done
        if is_running "$name"; then
            say "$name did not stop in time and is ended"
            kill -KILL "$number"
        fi
    fi
    rm -f "$run/pid/$name"
}

# The services stop at the same time; each needs the others only for calls.
stop_services() {
    local service stopping=()
    for service in "${services[@]}"; do
        stop_process "$service" &
        stopping+=($!)
    done
    wait "${stopping[@]}"
}
