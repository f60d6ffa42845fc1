# What every such script has: POSIX sh, ssh and tar for hosts, curl for probes over HTTP.
set -u
umask 077

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# A text as JSON: what would have to be escaped is left out.
text() { printf '"%s"' "$(printf %s "$1" | tr -d '\000-\037\177"\\' | cut -c 1-300)"; }

note() { printf '{%s,"time":"%s"}\n' "$1" "$(now)" >> "$journal" || die "$journal cannot be written"; }

# A word as any POSIX shell reads it back.
quote() {
    printf "'"
    printf %s "$1" | sed "s/'/'\\\\''/g"
    printf "' "
}

fail() {
    note "\"ended\":\"failed\",\"reason\":$(text "$1")"
    printf '%s\n' "The revert failed: $1" "See $journal. Run again it goes on with what is not done." \
        "Where ledger is: ledger import journal $journal" >&2
    exit 1
}

# What a step sees beside the variables of this shell.
seen="LEDGER_ENVIRONMENT LEDGER_KIND LEDGER_SERVICE LEDGER_TAG LEDGER_DIGEST LEDGER_REVISION LEDGER_IMAGE
LEDGER_HOST LEDGER_ADDRESS LEDGER_STEP LEDGER_ATTEMPT LEDGER_RUN LEDGER_TOKEN LEDGER_BUNDLE"

limited() { # SECONDS COMMAND …
    if command -v timeout > /dev/null 2>&1; then timeout "$@"; else
        shift
        "$@"
    fi
}

here() { # SECONDS COMMAND …
    limited "$@" < /dev/null
}

reach() { # PLACE WORDS: the words are for the shell there
    # shellcheck disable=SC2086
    ssh ${configuration:+-F "$configuration"} -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=5 \
        -o ServerAliveInterval=4 -o LogLevel=ERROR -T -- "$1" "$2"
}

there() { # SECONDS PLACE FOLDER COMMAND …
    seconds=$1 place=$2 line="cd $(quote "$3")"
    shift 3
    kept=$LEDGER_BUNDLE LEDGER_BUNDLE=.
    for each in $seen $variables; do
        eval "value=\${$each-} set=\${$each+yes}"
        [ -z "$set" ] || line="$line; export $each=$(quote "$value")"
    done
    line="$line; exec"
    for word in "$@"; do line="$line $(quote "$word")"; done
    LEDGER_BUNDLE=$kept
    limited "$seconds" ssh ${configuration:+-F "$configuration"} -o BatchMode=yes -o StrictHostKeyChecking=yes \
        -o ConnectTimeout=5 -o ServerAliveInterval=4 -o LogLevel=ERROR -T -- "$place" "$line" < /dev/null
}

# Lays the files of a bundle out on a host.
send() { # PLACE FOLDER FILES
    (cd "$3" && tar -cf - .) | reach "$1" "umask 077; mkdir -p $(quote "$2") && cd $(quote "$2") && tar -xf -" ||
        fail "the files cannot be laid out on $1"
}

# Whether the journal has the step as done already.
done_already() { [ -e "$journal" ] && grep -q "^{\"step\":$1,.*\"exitCode\":0," "$journal"; }

step() { # NUMBER NAME ONCE COMMAND …
    number=$1 title=$2 once=$3
    shift 3
    LEDGER_STEP=$number
    if done_already "$number"; then
        printf '  %s/%s %s: done already\n' "$number" "$steps" "$title"
        return
    fi
    if [ "$once" = yes ] && grep -q "^{\"begun\":$number," "$journal" 2> /dev/null; then
        fail "step $number ($title) was begun and must not run twice: look at $LEDGER_HOST; if it is done, add to the journal {\"step\":$number,\"exitCode\":0,}"
    fi
    printf '  %s/%s %s %s: %s …\n' "$number" "$steps" "$LEDGER_HOST" "$LEDGER_SERVICE" "$title"
    note "\"begun\":$number"
    "$@"
    code=$?
    note "\"step\":$number,\"service\":\"$LEDGER_SERVICE\",\"host\":\"$LEDGER_HOST\",\"name\":$(text "$title"),\"exitCode\":$code"
    [ "$code" = 0 ] || fail "step $number ($title) on $LEDGER_HOST exited with $code"
}

await() { # SUCCESSES SECONDS-BETWEEN SECONDS PROBE …
    wanted=$1 between=$2 end=$(($(date +%s) + $3)) row=0
    shift 3
    while :; do
        well=yes
        for probe in "$@"; do "$probe" > /dev/null 2>&1 || well=no; done
        if [ "$well" = yes ]; then row=$((row + 1)); else row=0; fi
        [ "$row" -lt "$wanted" ] || break
        [ "$(date +%s)" -lt "$end" ] || fail "$LEDGER_SERVICE on $LEDGER_HOST is not healthy"
        sleep "$between" 2> /dev/null || sleep 1
    done
    printf '  %s on %s is healthy\n' "$LEDGER_SERVICE" "$LEDGER_HOST"
}

# Only what is seen running counts: every line of the answer has to name what is wanted.
observe() { # WANTED SECONDS FIELD PROBE
    end=$(($(date +%s) + $2))
    while :; do
        found=$("$4" 2> /dev/null) || found=
        [ -z "$3" ] || found=$(printf %s "$found" | sed -n "s/.*\"$3\"[ ]*:[ ]*\"\\([^\"]*\\)\".*/\\1/p")
        if [ -n "$found" ] && ! printf '%s\n' "$found" | grep -v -q -F -- "$1"; then
            note "\"observed\":$(text "$1"),\"service\":\"$LEDGER_SERVICE\",\"host\":\"$LEDGER_HOST\",\"matches\":true"
            printf '  observed on %s: %s runs %s (as planned)\n' "$LEDGER_HOST" "$LEDGER_SERVICE" "$LEDGER_TAG"
            return
        fi
        [ "$(date +%s)" -lt "$end" ] || break
        sleep 1
    done
    note "\"observed\":$(text "${found:-nothing}"),\"service\":\"$LEDGER_SERVICE\",\"host\":\"$LEDGER_HOST\",\"matches\":false"
    fail "$LEDGER_SERVICE on $LEDGER_HOST runs ${found:-nothing that could be seen}, not $LEDGER_TAG"
}

# Shows it, asks, and opens the journal.
begin() {
    show
    case ${1-} in
    --yes) ;;
    '')
        [ -t 0 ] || die "Nobody is here to say yes. Add --yes if you mean it."
        printf 'Go on? Type yes: '
        read -r answer
        [ "$answer" = yes ] || die "That was not a yes; nothing was done."
        ;;
    *) die "usage: sh $0 [--yes]" ;;
    esac
    journal=${LEDGER_JOURNAL:-revert-$name.journal}
    if [ -e "$journal" ] && tail -n 1 "$journal" | grep -q '"ended":"\(finished\|unverified\)"'; then
        mv "$journal" "$journal.$(date +%s)"
    fi
    [ -e "$journal" ] || note "\"journal\":1,\"id\":\"$(date +%s)-$$-$(uname -n)\",\"by\":$(text "$(id -un)"),$target"
    LEDGER_RUN=$(sed -n '1s/.*"id":"\([^"]*\)".*/\1/p' "$journal")
    LEDGER_KIND=revert LEDGER_ATTEMPT=1 LEDGER_TOKEN=0
    # shellcheck disable=SC2086
    export $seen
    work=$(mktemp -d) || die "no temporary folder can be made"
    trap 'rm -rf "$work"' EXIT
}

finish() { # finished, or unverified
    note "\"ended\":\"$1\""
    printf '%s\n' "$LEDGER_ENVIRONMENT runs $what ($1)." "Where ledger is: ledger import journal $journal"
    [ "$1" = finished ] || exit 7
}
