#!/bin/sh
# What ledger asks of a container engine, on the host where it runs. POSIX sh and the engine are all it
# needs. Every bundle keeps the copy that was used.
#
#   container pull      ENGINE IMAGE                     have IMAGE, which is named by its digest
#   container replace   ENGINE NAME IMAGE [OPTION …]     run IMAGE as NAME in place of what runs there
#   container observe   ENGINE SELECTOR …                a line for each container: digests of its image
#   container health    ENGINE SELECTOR …                0 if each container runs and is healthy
#   container images    ENGINE REPOSITORY                its images that are here, by digest
#   container preflight ENGINE IMAGE VOLUMES NEEDS SELECTOR …  what a plan wants to know beforehand
#
# VOLUMES and NEEDS have a line for each: `web-data`, `/srv/data`; `file /srv/.env`, `secret db`. SELECTOR is `name NAME`, or `compose PROJECT SERVICE …`.
set -u

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The containers of these services of a compose project, running or not.
containers() { # PROJECT SERVICE …
    project=$1
    shift
    for service in "$@"; do
        found=$("$engine" ps --all --no-trunc --quiet \
            --filter "label=com.docker.compose.project=$project" \
            --filter "label=com.docker.compose.service=$service") || return 1
        [ -n "$found" ] || die "there is no container of $project/$service"
        printf '%s\n' "$found"
    done
}

# What the engine says of each container that the selector names, a line each: it is asked as seldom as can be.
look() { # FORMAT SELECTOR …
    format=$1
    shift
    case $1 in
    name) "$engine" inspect --type container --format "$format" "$2" || die "there is no container $2" ;;
    compose)
        shift
        ids=$(containers "$@") || exit 1
        # shellcheck disable=SC2086
        "$engine" inspect --type container --format "$format" $ids
        ;;
    *) die "unknown selector $1" ;;
    esac
}

# A digest is believed of the image that the container was made from, not of the name it was given.
digests() { "$engine" image inspect --format '{{range .RepoDigests}}{{.}} {{end}}' "$@"; }

observe() {
    all=$(look '{{.State.Status}} {{.Image}}' "$@") || exit 1
    images=
    while read -r state image; do
        [ "$state" = running ] || die "the container $2 does not run: it is $state"
        images="$images $image"
    done << END
$all
END
    # shellcheck disable=SC2086
    lines=$(digests $images) || exit 1
    while read -r line; do
        [ -n "$line" ] || die "the image of $2 has no digest: it came from no registry"
        printf '%s\n' "$line"
    done << END
$lines
END
}

health() {
    case $engine in
    # Without systemd nobody else runs podman's checks.
    podman) format='{{.State.Status}} {{if .Config.Healthcheck}}{{.Id}}{{else}}none{{end}}' ;;
    *) format='{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' ;;
    esac
    all=$(look "$format" "$@") || exit 1
    while read -r state check; do
        [ "$state" = running ] || die "the container $2 is $state"
        case $engine:$check in
        *:none | docker:healthy) ;;
        podman:*) "$engine" healthcheck run "$check" < /dev/null || die "the container $2 is not healthy" ;;
        *) die "the container $2 is $check" ;;
        esac
    done << END
$all
END
}

# What is there already is what its digest says: nobody has to be asked for it.
pull() {
    "$engine" image inspect "$1" > /dev/null 2>&1 || exec "$engine" pull --quiet "$1"
}

# Done twice it does no harm: whatever bears the name makes room for the new one.
replace() {
    name=$1 image=$2
    shift 2
    before=
    if ! "$engine" stop "$name" > /dev/null 2>&1; then
        said=$("$engine" inspect --type container "$name" 2>&1 > /dev/null) && die "the container $name cannot be stopped"
        # An engine that does not answer has said nothing about what is there.
        case $said in *[Nn]"o such "*) ;; *) die "the engine does not say what $name is: $said" ;; esac
    elif before="; what ran before is $name-before, stopped" && ! "$engine" rename "$name" "$name-before" > /dev/null 2>&1; then
        "$engine" rm --force "$name-before" > /dev/null 2>&1
        "$engine" rename "$name" "$name-before" || die "the container $name cannot be renamed"
    fi
    "$engine" run --detach --name "$name" --restart unless-stopped "$@" "$image" || {
        "$engine" rm --force "$name" > /dev/null 2>&1
        die "$image cannot be run as $name$before"
    }
    "$engine" rm --force "$name-before" > /dev/null 2>&1
    return 0
}

images() {
    all=$("$engine" image ls --digests --no-trunc --format '{{.Repository}}@{{.Digest}}' "$1") || exit 1
    printf '%s\n' "$all" | sort -u | sed -n '/@sha256:/p'
}

preflight() {
    image=$1 volumes=$2 needs=$3
    shift 3
    said=$("$engine" info --format '{{.ServerVersion}} {{.OSType}}/{{.Architecture}} {{.DockerRootDir}}' 2> /dev/null) ||
        said=$("$engine" info --format '{{.Version.Version}} {{.Host.OS}}/{{.Host.Arch}} {{.Store.GraphRoot}}' 2> /dev/null) ||
        die "$engine does not answer: $("$engine" info 2>&1 | tail -n 1)"
    read -r version platform root << END
$said
END
    # docker's client answers also where no engine does.
    [ -n "$root" ] || die "$engine does not answer: $("$engine" info 2>&1 | tail -n 1)"
    printf 'engine %s %s\nplatform %s\n' "$engine" "$version" "$platform"
    printf 'free %s %s\n' "$(df -Pk "$root" 2> /dev/null | awk 'NR == 2 { print $4 }')" "$root"
    if "$engine" image inspect "$image" > /dev/null 2>&1; then
        printf 'image present\n'
    else
        printf 'image absent\n'
    fi
    printf '%s\n' "$volumes" | while IFS= read -r volume; do
        case $volume in
        '') ;;
        /*) [ -e "$volume" ] && printf 'volume %s %s\n' "$volume" "$volume" || printf 'volume %s\n' "$volume" ;;
        *)
            place=$("$engine" volume inspect --format '{{.Mountpoint}}' "$volume" 2> /dev/null)
            printf 'volume %s %s\n' "$volume" "$place"
            ;;
        esac
    done
    printf '%s\n' "$needs" | while read -r what name; do
        case $what in
        file) [ -f "$name" ] || printf 'missing file %s\n' "$name" ;;
        secret) "$engine" secret inspect "$name" > /dev/null 2>&1 || printf 'missing secret %s\n' "$name" ;;
        esac
    done
    images=$(look '{{.Image}}' "$@" 2> /dev/null) || return 0
    # shellcheck disable=SC2086
    digests $images | sed 's/^/runs /'
}

verb=$1 engine=$2
shift 2
"$verb" "$@"
