# The fleet: functions for `run`, and for tests through `Tests/Rig/do`. Everything stands in $LEDGER_RIG.
rig=$LEDGER_RIG
registry=198.18.0.1:5000
front=198.18.0.1:8000
servers="s1 s2"
group=/$(basename "$rig")

address() { echo "198.18.0.1${1#s}"; }

await() { # SECONDS COMMAND …
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || { echo "waited in vain for: $*" >&2; return 1; }
        sleep 0.05
    done
}

# Runs a program that holds nothing of whoever started it: they would wait for its end.
alone() {
    local file
    for file in "/proc/$BASHPID/fd"/*; do
        file=${file##*/}
        [ "$file" -le 2 ] || eval "exec $file>&-"
    done
    exec "$@"
}

on() { ssh -F "$rig/ssh_config" -o BatchMode=yes -o StrictHostKeyChecking=yes "$@"; }

# A user that exists in here only.
add_user() { # NAME NUMBER HOME
    local file
    for file in passwd shadow group; do cp -p "/etc/$file" "$rig/$file"; done
    echo "$1:x:$2:$2::$3:/bin/sh" >> "$rig/passwd"
    echo "$1:*:20000:0:99999:7:::" >> "$rig/shadow"
    echo "$1:x:$2:" >> "$rig/group"
    grep -q ^docker: "$rig/group" || echo "docker:x:2999:" >> "$rig/group"
    sed -i "s/^docker:\(.*\):.*/docker:\1:$1/" "$rig/group"
    for file in passwd shadow group; do mount --bind "$rig/$file" "/etc/$file"; done
}

plug_in() { # its wire; the same hardware address each time, so that nobody keeps a stale one
    ip netns add "$1"
    ip link add "wire-$1" type veth peer name eth0 address "02:00:00:00:00:0${1#s}" netns "$1"
    ip link set "wire-$1" master wires up
}

power_on() {
    alone nsenter --net="/run/netns/$1" \
        unshare --mount --pid --uts --ipc --fork --kill-child --mount-proc \
        bash "$(dirname "${BASH_SOURCE[0]}")/server" "$1" "$(address "$1")" "$group/$1" \
        < /dev/null > "$rig/$1/console" 2>&1 &
    echo $! > "$rig/$1/power"
}

# The power cord: everything on the server ends in one moment; its disk stays.
cut_power() {
    kill -KILL "$(cat "$rig/$1/power")"
    ip netns del "$1"
    await 5 eval "! ip link show wire-$1"
}

is_up() { on "$1" docker version; }

podman_settings() {
    echo "CONTAINERS_CONF=$rig/$1/containers.conf CONTAINERS_STORAGE_CONF=$rig/$1/storage.conf" \
        "CONTAINERS_REGISTRIES_CONF=$rig/$1/registries.conf DISABLE_HC_SYSTEMD=true"
}

make_disk() {
    mkdir -p "$rig/$1"/{docker,containerd,podman,home,root,srv}
    ssh-keygen -q -t ed25519 -N '' -f "$rig/$1/hostkey" -C "$1"
    cp "$rig/id.pub" "$rig/$1/authorized_keys"
    cat > "$rig/$1/sshd_config" << END
ListenAddress $(address "$1"):22
HostKey $rig/$1/hostkey
AuthorizedKeysFile $rig/$1/authorized_keys
AuthenticationMethods publickey
UsePAM no
StrictModes no
PrintMotd no
MaxStartups 100:30:200
MaxSessions 50
SetEnv DOCKER_CONFIG=$rig/docker PATH=/usr/sbin:/usr/bin:/sbin:/bin $(podman_settings "$1")
END
    # podman: what this kind of machine lets it do, and the plain registry.
    cat > "$rig/$1/containers.conf" << END
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
default_subnet = "198.18.101.0/24"
default_subnet_pools = [{"base" = "198.18.64.0/19", "size" = 24}]
END
    printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "/run/podman"\n' \
        "$rig/$1/podman" > "$rig/$1/storage.conf"
    printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$registry" > "$rig/$1/registries.conf"
    echo "$(address "$1") $(cut -d ' ' -f 1,2 "$rig/$1/hostkey.pub")" >> "$rig/known_hosts"
}

# v1 and v2 serve their name, and /cgi-bin/slow takes them a second; v3 is never healthy; v4 starts and dies. All of
# them are killed at once when they are stopped: who still waits for an answer then gets none.
make_images() {
    local version context=$rig/context
    export DOCKER_HOST=unix://$rig/s1/docker.sock
    mkdir -p "$context/bin" "$context/www/cgi-bin"
    cp /bin/busybox "$context/bin/busybox"
    printf '#!/bin/busybox sh\n/bin/busybox sleep 1\nprintf "Content-Type: text/plain\\r\\n\\r\\nslow\\n"\n' \
        > "$context/www/cgi-bin/slow"
    chmod +x "$context/www/cgi-bin/slow"
    : > "$rig/digests"
    for version in v1 v2 v3 v4; do
        local command='["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/www"]' check='["/bin/busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/"]'
        [ $version != v3 ] || check='["/bin/busybox", "false"]'
        [ $version != v4 ] || command='["/bin/busybox", "false"]'
        echo "$version" > "$context/www/index.html"
        cat > "$context/Dockerfile" << END
FROM scratch
COPY . /
STOPSIGNAL SIGKILL
LABEL org.opencontainers.image.version=$version
HEALTHCHECK --interval=500ms --timeout=2s --retries=3 CMD $check
CMD $command
END
        DOCKER_BUILDKIT=0 docker build --quiet --tag "$registry/shop/web:$version" "$context" > /dev/null 2> "$rig/build.log"
        docker push --quiet "$registry/shop/web:$version" > /dev/null
        echo "$version $(docker image inspect --format '{{index .RepoDigests 0}}' "$registry/shop/web:$version" | cut -d @ -f 2)" >> "$rig/digests"
        docker image rm "$registry/shop/web:$version" > /dev/null
    done
    unset DOCKER_HOST
}

# The open one; `private`, which has the same images and wants a password; or `telling`, which has them too and
# tells what happens to them to port 8200.
start_registry() {
    local name=${1:-registry} code=200 address=$registry
    case $name in
    private) code=401 address=${registry%:*}:5001 ;;
    telling) address=${registry%:*}:5002 ;;
    esac
    alone docker-registry serve "$rig/$name.yml" < /dev/null > "$rig/$name.log" 2>&1 &
    echo $! > "$rig/$name.process"
    await 10 eval "[ \$(curl --silent --output /dev/null --write-out '%{http_code}' http://$address/v2/) = $code ]"
}

# Keeps what senders deliver, one file each, in a folder; until `stop_receiver`.
start_receiver() { # FOLDER
    alone "$(dirname "${BASH_SOURCE[0]}")/receiver" 198.18.0.1 8200 "$1" < /dev/null > "$rig/receiver.log" 2>&1 &
    echo $! > "$rig/receiver.process"
    await 10 curl --silent http://198.18.0.1:8200/
}

stop_receiver() { kill "$(cat "$rig/receiver.process")"; }

# An Alertmanager at port 9093 that delivers to the receiver.
start_alertmanager() {
    cat > "$rig/alertmanager.yml" << END
route: {receiver: ledger, group_by: [alertname], group_wait: 500ms, group_interval: 1s, repeat_interval: 3s}
receivers: [{name: ledger, webhook_configs: [{url: "http://198.18.0.1:8200/", send_resolved: true}]}]
END
    alone prometheus-alertmanager --config.file="$rig/alertmanager.yml" --storage.path="$rig/alertmanager" \
        --web.listen-address=198.18.0.1:9093 --cluster.listen-address= < /dev/null > "$rig/alertmanager.log" 2>&1 &
    echo $! > "$rig/alertmanager.process"
    await 10 curl --silent --fail http://198.18.0.1:9093/-/ready
}

stop_alertmanager() { kill "$(cat "$rig/alertmanager.process")"; }

stop_registry() { kill "$(cat "$rig/${1:-registry}.process")"; }

# What the registry has under a tag or digest; and what it is to have.
manifest() { # TAG
    local type accept=()
    for type in oci.image.index.v1 oci.image.manifest.v1 docker.distribution.manifest.list.v2 \
        docker.distribution.manifest.v2; do
        accept+=(--header "Accept: application/vnd.$type+json")
    done
    curl --silent --fail "${accept[@]}" "http://$registry/v2/shop/web/manifests/$1"
}

put_manifest() { # TAG FILE
    curl --silent --fail --upload-file "$2" --output /dev/null \
        --header "Content-Type: $(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["mediaType"])' "$2")" \
        "http://$registry/v2/shop/web/manifests/$1"
}

delete_manifest() { curl --silent --fail --request DELETE "http://$registry/v2/shop/web/manifests/$1"; }

raise_fleet() {
    local server
    mount --make-rprivate /
    mount -t tmpfs tmpfs /run
    mkdir -p /run/netns /run/lock /run/sshd
    ip link set lo up
    ip link add wires type bridge
    ip addr add 198.18.0.1/24 dev wires
    ip link set wires up
    mkdir -p "$rig/docker" "$rig/here"
    [ -z "${LEDGER_RIG_COMPOSE:-}" ] || cp -r "$LEDGER_RIG_COMPOSE/." "$rig/docker"
    chmod -R a+rX "$rig"
    chmod 755 "$rig"
    add_user deploy 2001 /home/deploy
    echo "${LEDGER_RIG_TRAEFIK:-}" > "$rig/traefik.path"
    ssh-keygen -q -t ed25519 -N '' -f "$rig/id" -C ledger
    cat > "$rig/ssh_config" << END
Host s1
  HostName $(address s1)
Host s2
  HostName $(address s2)
Host *
  User deploy
  IdentityFile $rig/id
  IdentitiesOnly yes
  UserKnownHostsFile $rig/known_hosts
END
    for server in $servers; do
        plug_in "$server"
        make_disk "$server"
        power_on "$server"
    done
    cat > "$rig/registry.yml" << END
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $rig/images}, delete: {enabled: true}}
http: {addr: "$registry"}
END
    # ci, rigpassword
    echo 'ci:$2b$05$abcdefghijklmnopqrstuuJF1VE00WddN8.LqX63fnJyik5vrzi4a' > "$rig/htpasswd"
    sed "s/:5000/:5001/; \$a auth: {htpasswd: {realm: rig, path: $rig/htpasswd}}" \
        "$rig/registry.yml" > "$rig/private.yml"
    { sed "s/:5000/:5002/" "$rig/registry.yml"; cat << END; } > "$rig/telling.yml"
notifications:
  events: {includereferences: true}
  endpoints:
    - {name: ledger, url: "http://198.18.0.1:8200/", timeout: 2s, threshold: 3, backoff: 100ms}
END
    start_registry
    cat > "$rig/haproxy.cfg" << END
global
  stats socket $rig/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
  retries 0
frontend front
  bind $front
  default_backend web
backend web
  option httpchk GET /
  default-server check inter 200ms fall 2 rise 2
  server s1 $(address s1):8080
  server s2 $(address s2):8080
END
    alone haproxy -db -f "$rig/haproxy.cfg" < /dev/null > "$rig/haproxy.log" 2>&1 &
    for server in $servers; do await 20 is_up "$server"; done
    make_images
}

# Other proxies before the same servers; haproxy stands at $front.
proxy() { # nginx, caddy or traefik
    local server
    mkdir -p "$rig/proxy"
    case $1 in
    nginx)
        for server in $servers; do echo "server $(address "$server"):8080 max_fails=0; # $server"; done \
            > "$rig/proxy/servers.conf"
        cat > "$rig/proxy/nginx.conf" << END
daemon off;
worker_processes 1;
pid $rig/proxy/nginx.pid;
error_log $rig/proxy/nginx.log warn;
user root;
events { worker_connections 512; }
http {
    access_log off;
    upstream web { zone web 64k; include $rig/proxy/servers.conf; }
    server { listen 198.18.0.1:8001; location / { proxy_pass http://web; proxy_connect_timeout 1s; } }
}
END
        alone nginx -e "$rig/proxy/nginx.log" -c "$rig/proxy/nginx.conf" < /dev/null > "$rig/proxy/nginx.out" 2>&1 &
        await 10 curl --silent http://198.18.0.1:8001/
        ;;
    caddy)
        cat > "$rig/proxy/caddy.json" << END
{"admin": {"listen": "127.0.0.1:2019"}, "apps": {"http": {"servers": {"srv0": {
  "listen": ["198.18.0.1:8002"], "automatic_https": {"disable": true}, "routes": [{"handle": [{
    "handler": "reverse_proxy", "upstreams": [{"dial": "$(address s1):8080"}, {"dial": "$(address s2):8080"}]}]}]}}}}}
END
        # caddy opens its socket anew with each change: see docs/servers.md. A kernel before 5.14
        # has no such setting.
        [ ! -w /proc/sys/net/ipv4/tcp_migrate_req ] || echo 1 > /proc/sys/net/ipv4/tcp_migrate_req
        HOME=$rig/proxy alone caddy run --config "$rig/proxy/caddy.json" < /dev/null > "$rig/proxy/caddy.log" 2>&1 &
        await 10 curl --silent http://198.18.0.1:8002/
        ;;
    traefik)
        mkdir -p "$rig/proxy/traefik"
        cat > "$rig/proxy/traefik/web.yml" << END
http:
  routers: {front: {rule: "PathPrefix(\`/\`)", service: web}}
  services:
    web:
      loadBalancer:
        servers:
          - url: "http://$(address s1):8080" # s1
          - url: "http://$(address s2):8080" # s2
END
        alone "$(cat "$rig/traefik.path")" --entrypoints.web.address=198.18.0.1:8003 \
            --entrypoints.traefik.address=127.0.0.1:8099 --api.insecure=true \
            --providers.file.directory="$rig/proxy/traefik" --providers.file.watch=true \
            --providers.providersthrottleduration=100ms --global.checknewversion=false \
            --global.sendanonymoususage=false < /dev/null > "$rig/proxy/traefik.log" 2>&1 &
        await 10 curl --silent --fail http://127.0.0.1:8099/api/http/services/web@file
        ;;
    esac
    echo $! > "$rig/proxy/$1.process"
}

stop_proxy() { kill "$(cat "$rig/proxy/$1.process")"; }

# As after raising: all is reachable, nothing runs, nothing is remembered.
clean() {
    local server
    curl --silent --fail "http://$registry/v2/" > /dev/null || start_registry
    for server in $servers; do
        ip link set "wire-$server" up
        printf 'set server web/%s state ready\n' "$server" |
            socat -t 5 - "UNIX-CONNECT:$rig/haproxy.sock" > /dev/null
        on "$server" 'docker ps --all --quiet | xargs -r docker rm --force > /dev/null
            docker image ls --quiet | xargs -r docker image rm --force > /dev/null
            docker volume ls --quiet | xargs -r docker volume rm > /dev/null; rm -rf ~/.local'
        on "root@$server" '[ ! -e /run/podman ] || podman rm --all --force > /dev/null
            rm -rf ~/.local'
    done
}
