# The far end of the SSH runner: starts steps on a host so that they outlive the connection, and tells
# what became of them. Handed to `sh -c`; POSIX sh is all it needs.
#
#   start ENVIRONMENT TOKEN RUN STEP SECONDS KEPT BYTES FOLDER COMMAND …   variables come on standard input
#   look  RUN STEP TOKEN SECONDS KEPT
#   ask   BYTES FOLDER COMMAND …                                           variables come on standard input
#   place BUNDLE                   the bundle's folder, and whether all its files are there
#   put   BUNDLE PATH MODE BYTES   a file of it, on standard input
#   whole BUNDLE                   all its files are there now
#
# BYTES says how much comes on standard input: a connection that dies ends it early, and half of a message is
# not a message.
#
# The answer's first line begins with `ledger`; what a step printed follows it. What it printed last is said on
# standard error meanwhile: `ledger says LINE`.
umask 077
home=${XDG_STATE_HOME:-$HOME/.local/state}/ledger

answer() { printf 'ledger %s\n' "$*"; }

fail() {
    answer "failed $*"
    exit 0
}

nap() { sleep 0.1 2> /dev/null || sleep 1; }

# What tells a process from any other that has had its number: when it began, in which boot and in which
# space of process numbers (proc(5)).
mark() {
    stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 1
    # shellcheck disable=SC2086
    set -- "$1" ${stat##*) }
    [ "$2" != Z ] || return 1
    printf '%s-%s-%s\n' "${21}" "$(cat /proc/sys/kernel/random/boot_id)" "$(readlink "/proc/$1/ns/pid")"
}

# What steps printed a month ago, and bundles that nobody has used since, are of no use any more. How a step ended
# stays: whoever goes on with an old run must not be told that it never began.
forget_outputs() {
    find "$home/runs" -name output -size +0 -mtime +30 -exec sh -c 'for each in "$@"; do : > "$each"; done' sh {} + 2> /dev/null
}
forget_bundles() { find "$home/bundles/." ! -name . -prune -mtime +30 -exec rm -rf {} + 2> /dev/null; }

# Reads the variables, all of them or none.
receive() { # BYTES
    variables=$(cat)
    [ $(($(printf %s "$variables" | wc -c))) -eq "$1" ] ||
        fail "the connection was lost while variables were sent; nothing was started"
    variables=${variables%:}
}

# Each token that this host has seen for an environment is a file; an older one than the newest is refused.
# First its own file is made, then the others are read: of two that come at once the newer always wins.
claim() { # ENVIRONMENT TOKEN
    case $2 in '' | *[!0-9]*) fail "the token $2 is not a number" ;; esac
    claims=$home/claims/$1 newest=$2 own=no
    { mkdir -p "$claims" && : > "$claims/$2"; } 2> /dev/null || fail "$claims cannot be written"
    for each in "$claims"/*; do
        each=${each##*/}
        case $each in *[!0-9]*) continue ;; esac
        [ "$each" != "$2" ] || own=yes
        [ "$each" -le "$newest" ] || newest=$each
    done
    [ "$own" = yes ] || fail "$claims cannot be read"
    # Where earlier versions kept the newest one.
    if [ -f "$home/tokens/$1" ]; then
        each=$(cat "$home/tokens/$1") || fail "$home/tokens cannot be read"
        case $each in '' | *[!0-9]*) ;; *) [ "$each" -le "$newest" ] || newest=$each ;; esac
    fi
    if [ "$newest" != "$2" ]; then
        answer "overtaken $newest"
        exit 0
    fi
    for each in "$claims"/*; do
        [ "${each##*/}" -ge "$newest" ] || rm -f "$each"
    done 2> /dev/null
}

# Runs the command, with a limit on its time, and leaves how it ended in $place/ended. Its output goes to a file: whoever started it
# may be gone.
supervise() {
    place=$1 seconds=$2 folder=$3
    shift 3
    trap '' HUP
    cd "$folder" 2> "$place/output" || {
        echo "exited 126" > "$place/ended"
        return
    }
    # The step's variables are its own: in here they could mean something else.
    group=
    if command -v setsid > /dev/null 2>&1; then
        group=-
        (eval "$variables" && exec setsid "$@") < /dev/null > "$place/output" 2>&1 &
    else
        (eval "$variables" && exec "$@") < /dev/null > "$place/output" 2>&1 &
    fi
    child=$!
    (
        left=$seconds
        while [ "$left" -gt 0 ] && kill -0 "$child" 2> /dev/null; do
            sleep 1
            left=$((left - 1))
        done
        kill -0 "$child" 2> /dev/null || exit 0
        : > "$place/limit"
        kill -TERM "$group$child" 2> /dev/null
        sleep 2
        kill -KILL "$group$child" 2> /dev/null
    ) &
    watcher=$!
    wait "$child"
    code=$?
    [ -e "$place/limit" ] || kill "$watcher" 2> /dev/null
    word="exited $code"
    [ "$code" -le 128 ] || word="killed $((code - 128))"
    [ ! -e "$place/limit" ] || word=timedOut
    echo "$word" > "$place/ended.new" && mv "$place/ended.new" "$place/ended"
}

# How it ended, and the first and the last of what it printed: whole lines, since half of one could be half of
# a secret.
report() {
    size=$(wc -c < "$1/output")
    answer "ended $(cat "$1/ended") $((size))"
    if [ "$size" -le "$2" ]; then
        cat "$1/output"
    else
        half=$(($2 / 2))
        dd bs="$half" count=1 < "$1/output" 2> /dev/null | sed '$d'
        printf '\n… %s bytes left out …\n' "$((size - $2))"
        tail -c "$half" "$1/output" | sed 1d
    fi
}

newline='
'
# Says once a second the whole line that the step printed last, as long as somebody waits for it here.
tell() {
    said=
    while sleep 1 > /dev/null 2>&1 && kill -0 $$ 2> /dev/null && [ ! -e "$1/ended" ]; do
        text=$(tail -c 380 "$1/output" 2> /dev/null && echo x)
        [ "$(wc -c < "$1/output")" -gt 380 ] || text=$newline$text
        text=${text%"$newline"*}
        case $text in
        *"$newline"*) text=${text##*"$newline"} ;;
        *) continue ;;
        esac
        [ "$text" = "$said" ] || printf 'ledger says %s\n' "$text" >&2
        said=$text
    done
}

start() {
    environment=$1 token=$2 run=$3 step=$4 seconds=$5 kept=$6 bytes=$7 folder=$8
    shift 8
    claim "$environment" "$token"
    place=$home/runs/$run/$step-$token
    mkdir -p "$home/runs/$run" || fail "$home/runs/$run cannot be made"
    forget_outputs
    answer contact
    receive "$bytes"
    # The same step with the same token has begun already: it is waited for, and not begun again.
    if mkdir "$place" 2> /dev/null; then
        # In a shell of its own, which keeps nothing of the connection open.
        (supervise "$place" "$seconds" "$folder" "$@") < /dev/null > /dev/null 2>&1 &
        supervisor=$!
        mark "$supervisor" > "$place/mark" || :
        echo "$supervisor" > "$place/process" || :
        tell "$place" &
        teller=$!
        wait "$supervisor"
        kill "$teller" 2> /dev/null
        # It has begun: that it failed is nothing that anybody knows.
        if [ -e "$place/ended" ]; then report "$place" "$kept"; else answer unknown; fi
    else
        [ -d "$place" ] || fail "$place cannot be made"
        tell "$place" &
        teller=$!
        follow "$place" "$((seconds + 5))" "$kept"
        kill "$teller" 2> /dev/null
    fi
}

follow() {
    end=$(($(date +%s) + $2)) beginning=0
    while [ ! -e "$1/ended" ]; do
        process=$(cat "$1/process" 2> /dev/null)
        # One that is only just beginning has not left its number yet.
        if [ -z "$process" ] && [ "$beginning" -lt 10 ]; then
            beginning=$((beginning + 1))
            nap
            continue
        fi
        if [ -z "$process" ] || [ "$(mark "$process")" != "$(cat "$1/mark")" ]; then
            [ ! -e "$1/ended" ] || break
            answer unknown
            return
        fi
        if [ "$(date +%s)" -ge "$end" ]; then
            answer running
            return
        fi
        nap
    done
    report "$1" "$3"
}

look() {
    place=$home/runs/$1/$2-$3
    if [ -d "$place" ]; then follow "$place" "$4" "$5"; else answer never; fi
}

ask() {
    receive "$1"
    cd "$2" || fail "$2 cannot be entered"
    shift 2
    answer contact
    # What it complains of is no answer, and says why there is none.
    exec 3>&1
    if complaints=$( (eval "$variables" && exec "$@") < /dev/null 2>&1 >&3 3>&-); then code=0; else code=$?; fi
    [ "$code" = 0 ] || printf '%s\n' "$complaints"
    printf '\nledger exited %s\n' "$code"
}

place() {
    mkdir -p "$home/bundles/$1" || fail "$home/bundles/$1 cannot be made"
    touch "$home/bundles/$1"
    forget_bundles
    [ -e "$home/bundles/$1.whole" ] && whole=yes || whole=no
    answer "place $whole $home/bundles/$1"
    # Whether they are still what they were is judged where that is known.
    [ "$whole" = no ] || (cd "$home/bundles/$1" && find . -type f -exec sha256sum {} + 2> /dev/null)
}

put() {
    file=$home/bundles/$1/$2
    mkdir -p "${file%/*}" && cat > "$file.new" || fail "$file cannot be written"
    [ $(($(wc -c < "$file.new"))) -eq "$4" ] || fail "the connection was lost while $file was sent"
    chmod "$3" "$file.new" && mv "$file.new" "$file" || fail "$file cannot be written"
    answer ok
}

whole() {
    : > "$home/bundles/$1.whole" || fail "$home/bundles cannot be written"
    answer ok
}

case $1 in
start | look | ask | place | put | whole) "$@" ;;
*) fail "$1 is not a verb of the far end" ;;
esac
