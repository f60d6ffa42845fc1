#!/bin/sh
# What ledger asks of a container engine, on the host where it runs. POSIX sh and the engine are all it
# needs. Every bundle keeps the copy that was used.
#
#   container pull      ENGINE IMAGE                     have IMAGE, which is named by its digest
#   container replace   ENGINE NAME IMAGE [OPTION …]     run IMAGE as NAME in place of what runs there
#   container observe   ENGINE SELECTOR …                a line for each container: digests of its image
#   container health    ENGINE SELECTOR …                0 if each container runs and is healthy
#   container images    ENGINE REPOSITORY                its images that are here, by digest
#   container preflight ENGINE IMAGE VOLUMES SELECTOR …  what a plan wants to know beforehand
#
# SELECTOR is `name NAME`, or `compose PROJECT SERVICE …`.
set -u

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# The containers that the selector in the arguments names, running or not.
containers() {
    case $1 in
    name) "$engine" ps --all --no-trunc --quiet --filter "name=^$2\$" ;;
    compose)
        project=$2
        shift 2
        for service in "$@"; do
            found=$("$engine" ps --all --no-trunc --quiet \
                --filter "label=com.docker.compose.project=$project" \
                --filter "label=com.docker.compose.service=$service") || return 1
            [ -n "$found" ] || die "there is no container of $project/$service"
            printf '%s\n' "$found"
        done
        ;;
    *) die "unknown selector $1" ;;
    esac
}

# A digest is believed of the image that the container was made from, not of the name it was given.
digests() {
    image=$("$engine" inspect --format '{{.Image}}' "$1") || return 1
    "$engine" image inspect --format '{{range .RepoDigests}}{{.}} {{end}}' "$image"
}

observe() {
    ids=$(containers "$@") || exit 1
    [ -n "$ids" ] || die "there is no container $2"
    for id in $ids; do
        state=$("$engine" inspect --format '{{.State.Status}}' "$id") || exit 1
        [ "$state" = running ] || die "the container $2 does not run: it is $state"
        line=$(digests "$id") || exit 1
        [ -n "$line" ] || die "the image of $2 has no digest: it came from no registry"
        printf '%s\n' "$line"
    done
}

health() {
    ids=$(containers "$@") || exit 1
    [ -n "$ids" ] || die "there is no container $2"
    for id in $ids; do
        state=$("$engine" inspect --format '{{.State.Status}}' "$id") || exit 1
        [ "$state" = running ] || die "the container $2 is $state"
        case $engine in
        podman)
            # Without systemd nobody else runs its check.
            check=$("$engine" inspect --format '{{if .Config.Healthcheck}}yes{{end}}' "$id") || exit 1
            [ -z "$check" ] || "$engine" healthcheck run "$id" || die "the container $2 is not healthy"
            ;;
        *)
            state=$("$engine" inspect \
                --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$id") || exit 1
            case $state in healthy | none) ;; *) die "the container $2 is $state" ;; esac
            ;;
        esac
    done
}

# What is there already is what its digest says: nobody has to be asked for it.
pull() {
    "$engine" image inspect "$1" > /dev/null 2>&1 || exec "$engine" pull --quiet "$1"
}

# Done twice it does no harm: whatever bears the name makes room for the new one.
replace() {
    name=$1 image=$2
    shift 2
    if "$engine" inspect --type container "$name" > /dev/null 2>&1; then
        "$engine" rm --force "$name-before" > /dev/null 2>&1
        "$engine" stop "$name" > /dev/null || die "the container $name cannot be stopped"
        "$engine" rename "$name" "$name-before" || die "the container $name cannot be renamed"
    fi
    "$engine" run --detach --name "$name" --restart unless-stopped "$@" "$image" || {
        "$engine" rm --force "$name" > /dev/null 2>&1
        die "$image cannot be run as $name; what ran before is $name-before, stopped"
    }
    "$engine" rm --force "$name-before" > /dev/null 2>&1
    return 0
}

images() {
    "$engine" image ls --digests --no-trunc --format '{{.Repository}}@{{.Digest}}' "$1" | grep '@sha256:' | sort -u
    return 0
}

preflight() {
    image=$1 volumes=$2
    shift 2
    version=$("$engine" version --format '{{.Server.Version}}' 2> /dev/null) ||
        version=$("$engine" version --format '{{.Version}}' 2> /dev/null) ||
        die "$engine does not answer: $("$engine" version 2>&1 | tail -n 1)"
    printf 'engine %s %s\n' "$engine" "$version"
    platform=$("$engine" version --format '{{.Server.Os}}/{{.Server.Arch}}' 2> /dev/null) ||
        platform=$("$engine" info --format '{{.Host.OS}}/{{.Host.Arch}}' 2> /dev/null)
    printf 'platform %s\n' "$platform"
    root=$("$engine" info --format '{{.DockerRootDir}}' 2> /dev/null) ||
        root=$("$engine" info --format '{{.Store.GraphRoot}}' 2> /dev/null) || root=/
    printf 'free %s %s\n' "$(df -Pk "$root" 2> /dev/null | awk 'NR == 2 { print $4 }')" "$root"
    if "$engine" image inspect "$image" > /dev/null 2>&1; then
        printf 'image present\n'
    else
        printf 'image absent\n'
    fi
    for volume in $volumes; do
        case $volume in
        /*) [ -e "$volume" ] && printf 'volume %s %s\n' "$volume" "$volume" || printf 'volume %s\n' "$volume" ;;
        *)
            place=$("$engine" volume inspect --format '{{.Mountpoint}}' "$volume" 2> /dev/null)
            printf 'volume %s %s\n' "$volume" "$place"
            ;;
        esac
    done
    ids=$(containers "$@" 2> /dev/null)
    for id in $ids; do printf 'runs %s\n' "$(digests "$id")"; done
}

verb=$1 engine=$2
shift 2
"$verb" "$@"
