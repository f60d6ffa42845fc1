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

# A word as any POSIX shell reads it back. Every line of it ends, as sed wants it; the closing quote keeps it so.
quote() { printf '%s\n' "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"; }

fail() {
    note "\"ended\":\"failed\",\"reason\":$(text "$1")"
    printf '%s\n' "The revert failed: $1" "See $journal. If you run the script again, it skips hosts that already run the release." \
        "Where ledger is: ledger import journal $journal" >&2
    exit 1
}

# What the playbook's variables hold, as lines for a shell, before this script's own variables hide any of them.
_given=$(
    for _each in ${_variables-}; do
        eval "_value=\${$_each-} _set=\${$_each+yes}"
        [ -z "$_set" ] || printf 'export %s=%s\n' "$_each" "$(quote "$_value")"
    done
    printf :
)
_missing=$(
    for _each in ${_variables-}; do
        eval "_set=\${$_each+yes}"
        [ -n "$_set" ] || printf '%s ' "$_each"
    done
)

# What a step sees beside them.
seen="LEDGER_ENVIRONMENT LEDGER_KIND LEDGER_SERVICE LEDGER_TAG LEDGER_DIGEST LEDGER_REVISION LEDGER_IMAGE
LEDGER_FROM_TAG LEDGER_FROM_DIGEST LEDGER_FROM_REVISION
LEDGER_HOST LEDGER_ADDRESS LEDGER_STEP LEDGER_ATTEMPT LEDGER_RUN LEDGER_TOKEN LEDGER_BUNDLE"

limited() { # SECONDS COMMAND …
    if command -v timeout > /dev/null 2>&1; then timeout "$@"; else
        shift
        "$@"
    fi
}

here() { # SECONDS COMMAND …
    (eval "${_given%:}" && limited "$@" < /dev/null)
}

reach() { # SECONDS PLACE WORDS: the words are for the shell there
    # shellcheck disable=SC2086
    limited "$1" ssh ${configuration:+-F "$configuration"} -o BatchMode=yes -o StrictHostKeyChecking=yes \
        -o ConnectTimeout=5 -o ServerAliveInterval=4 -o LogLevel=ERROR -T -- "$2" "$3"
}

# Variables go over standard input: on a command line everybody could read them. Their number of bytes goes
# along: a connection that dies ends them early, and half of them must not be used.
there() { # SECONDS PLACE FOLDER COMMAND …
    seconds=$1 place=$2 folder=$3
    shift 3
    exports=$(
        for each in $seen; do
            [ "$each" != LEDGER_BUNDLE ] || { echo "export LEDGER_BUNDLE=."; continue; }
            eval "value=\${$each-}"
            printf 'export %s=%s\n' "$each" "$(quote "$value")"
        done
        printf %s "$_given"
    )
    line="variables=\$(cat); [ \$((\$(printf %s \"\$variables\" | wc -c))) -eq $(($(printf %s "$exports" | wc -c))) ] || exit 126"
    line="$line; eval \"\${variables%:}\"; cd $(quote "$folder") || exit 126; exec"
    for word in "$@"; do line="$line $(quote "$word")"; done
    printf %s "$exports" | reach "$seconds" "$place" "$line < /dev/null"
}

# Lays the files of a bundle out on a host.
send() { # PLACE FOLDER FILES
    (cd "$3" && tar -cf - .) > "$work/files.tar" || fail "the files cannot be packed"
    reach 300 "$1" "umask 077; mkdir -p $(quote "$2") && cd $(quote "$2") && cat > .files.tar &&
        [ \$((\$(wc -c < .files.tar))) -eq $(($(wc -c < "$work/files.tar"))) ] && tar -xf .files.tar && rm .files.tar" \
        < "$work/files.tar" || fail "the files cannot be laid out on $1"
}

step() { # NUMBER NAME ONCE COMMAND …
    number=$1 title=$2 once=$3
    shift 3
    LEDGER_STEP=$number
    if [ "$once" = yes ]; then
        if grep -q "^{\"step\":$number,.*\"exitCode\":0," "$journal"; then
            printf '  %s/%s %s: done already\n' "$number" "$steps" "$title"
            return
        fi
        ! grep -q "^{\"begun\":$number," "$journal" ||
            fail "step $number ($title) was begun and must not run twice: look at $LEDGER_HOST. If it is done: sh $0 --done $number; if not, remove its line from $journal"
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

# The member of a JSON answer; one that lies deeper is found by jq only.
member() { # FIELD
    if command -v jq > /dev/null 2>&1; then jq -r --arg field "$1" 'getpath($field | split(".")) // empty'; else
        case $1 in
        *.*) echo "jq is needed to find $1" >&2 ;;
        *) sed -n "s/.*\"$1\"[ ]*:[ ]*\"\([^\"]*\)\".*/\1/p" ;;
        esac
    fi
}

# Whether what the probe prints names the release, as ledger itself reads it: a tag that stands alone; else the digest in
# every line that has one; else the first word that may be a commit. A line that has other words beside several digests
# may tell what ran before, and shows nothing.
runs() { # FIELD PROBE
    found=$("$2" 2> /dev/null) || found=
    [ -z "$1" ] || found=$(printf '%s\n' "$found" | member "$1")
    words=$(printf '%s\n' "$found" | tr -s '[:space:]' '\n' | sed '/^$/d')
    [ -n "$words" ] || return 1
    [ "$words" != "$LEDGER_TAG" ] || return 0
    digests=$(printf '%s\n' "$found" | grep -o 'sha256:[0-9a-f]\{1,\}')
    if [ -z "$digests" ]; then
        word=$(printf '%s\n' "$words" | grep -x '[0-9a-f]\{7,64\}' | head -n 1)
        [ -n "$word" ] && [ -n "$LEDGER_REVISION" ] || return 1
        case $word in "$LEDGER_REVISION"*) return 0 ;; esac
        case $LEDGER_REVISION in "$word"*) return 0 ;; esac
        return 1
    fi
    while read -r line; do
        case $line in *sha256:*) ;; *) continue ;; esac
        first='' several=no match=no
        for digest in $(printf '%s\n' "$line" | grep -o 'sha256:[0-9a-f]\{1,\}'); do
            first=${first:-$digest}
            [ "$digest" = "$first" ] || several=yes
            [ "$digest" != "$LEDGER_DIGEST" ] || match=yes
        done
        others=$(printf '%s\n' "$line" | tr -s '[:space:]' '\n' | grep -v 'sha256:' | tr -d '[:space:]')
        [ "$several" = no ] || [ -z "$others" ] || return 1
        [ "$match" = yes ] || return 1
    done << END
$found
END
}

# Only what is seen running counts.
observe() { # SECONDS FIELD PROBE
    end=$(($(date +%s) + $1))
    until runs "$2" "$3"; do
        if [ "$(date +%s)" -ge "$end" ]; then
            note "\"observed\":$(text "${found:-nothing}"),\"service\":\"$LEDGER_SERVICE\",\"host\":\"$LEDGER_HOST\",\"matches\":false"
            fail "$LEDGER_SERVICE on $LEDGER_HOST runs ${found:-nothing that could be seen}, not $LEDGER_TAG"
        fi
        sleep 1
    done
    note "\"observed\":$(text "$found"),\"service\":\"$LEDGER_SERVICE\",\"host\":\"$LEDGER_HOST\",\"matches\":true"
    printf '  observed on %s: %s runs %s (as planned)\n' "$LEDGER_HOST" "$LEDGER_SERVICE" "$LEDGER_TAG"
}

# What others sign who say yes: target and versions, steps, what was kept, and from when their yes counts.
statement() { # SECONDS REASON
    stated
    printf 'asked: %s\n' "$1"
    [ -z "$2" ] || printf 'without approvals, because: %s\n' "$2"
}

# A person's name: what stands before the @, in small letters.
person() { printf '%s\n' "${1%%@*}" | tr '[:upper:]' '[:lower:]'; }

# Whether a statement is of what this script would do, and its time is not over.
counts() { # FILE
    [ -f "$1" ] || return 1
    asked=$(sed -n 's/^asked: \([0-9][0-9]*\)$/\1/p' "$1" | tail -n 1)
    [ "$(statement "${asked:-0}" "$bypass")" = "$(cat "$1")" ] || return 1
    age=$(($(date +%s) - ${asked:-0}))
    [ "$age" -ge -60 ] && [ "$age" -lt "$lasts" ]
}

# The yes of others, as the playbook asks for it; or the signature of somebody who may go on without.
approve() {
    [ "$needed" -gt 0 ] || return 0
    wanted=$needed
    [ -z "$bypass" ] || wanted=1
    [ -f "$file" ] || die "$LEDGER_ENVIRONMENT wants the yes of $needed others; nothing was done.
sh $0 --statement${bypass:+ --break-glass REASON} writes $file. They sign it: ssh-keygen -Y sign -n ledger-approval -f KEY $file
Then: sh $0 --approval $file.sig …"
    counts "$file" || die "$file is not of what this script would do now, or its time is over: make it again with --statement, and have it signed again"
    statement "$asked" "$bypass" > "$work/statement"
    signers > "$work/signers"
    me=$(person "$(id -un)") people=
    while read -r each; do
        [ -n "$each" ] || continue
        who=$(ssh-keygen -Y find-principals -s "$each" -f "$work/signers" 2> /dev/null | head -n 1 | cut -d, -f1)
        [ -n "$who" ] && ssh-keygen -Y verify -f "$work/signers" -I "$who" -n ledger-approval -s "$each" \
            < "$work/statement" > /dev/null 2>&1 || die "$each is not the signature of an allowed signer over $file"
        who=$(person "$who")
        if [ -n "$bypass" ]; then
            case " $glass " in *" $who "*) ;; *) die "$who may not go on without approvals" ;; esac
        elif [ "$who" = "$me" ] || [ "$who" = "$(person "${LEDGER_BY:-}")" ]; then die "$who runs this, and cannot approve it as well"; fi
        case " $people " in *" $who "*) ;; *) people="$people $who" wanted=$((wanted - 1)) ;; esac
    done << END
$approvals
END
    [ "$wanted" -le 0 ] || die "$LEDGER_ENVIRONMENT wants the yes of $wanted more; nothing was done"
}

# Shows it, asks, and opens the journal.
begin() {
    yes=no said='' approvals='' bypass='' stated=no
    while [ $# -gt 0 ]; do
        case $1 in
        --yes) yes=yes ;;
        --statement) stated=yes ;;
        --done | --approval | --break-glass)
            [ $# -gt 1 ] || die "$1 wants a value"
            case $1 in
            --done) case $2 in *[!0-9]* | '') die "--done wants the number of a step" ;; *) said="$said $2" ;; esac ;;
            --approval)
                [ -f "$2" ] || die "$2 is no file of a signature"
                approvals="$approvals
$2"
                ;;
            *) bypass=$(printf %s "$2" | tr -d '\000-\037\177') ;;
            esac
            [ "$1" != --break-glass ] || [ -n "$bypass" ] || die "--break-glass wants a reason"
            shift
            ;;
        *) die "usage: sh $0 [--yes] [--done STEP] [--statement] [--approval FILE …] [--break-glass REASON]" ;;
        esac
        shift
    done
    # What others sign with a bypass is another text: the one they sign without is not written over.
    file=$name.statement
    [ -z "$bypass" ] || file=$name.bypass
    if [ "$stated" = yes ]; then
        # One that still counts stays as it is, and so do the signatures over it.
        if ! counts "$file"; then
            rm -f "$file"
            statement "$(date +%s)" "$bypass" > "$file" || die "$file cannot be written"
        fi
        cat "$file"
        exit 0
    fi
    show
    work=$(mktemp -d) || die "no temporary folder can be made"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM HUP
    approve
    for each in $_missing; do echo "$each is not set here: steps will not see it"; done
    if [ "$yes" = no ]; then
        [ -t 0 ] || die "Nobody is here to say yes. Add --yes if you mean it."
        printf 'Go on? Type yes: '
        read -r answer
        [ "$answer" = yes ] || die "That was not a yes; nothing was done."
    fi
    journal=${LEDGER_JOURNAL:-revert-$name.journal}
    [ ! -e "$journal" ] || [ -f "$journal" ] || die "$journal is no file; name another one: LEDGER_JOURNAL=FILE"
    # One that is over, or is of another plan, is put aside.
    if [ -e "$journal" ]; then
        aside=no
        case $(tail -n 1 "$journal") in *'"ended":"finished"'* | *'"ended":"unverified"'*) aside=yes ;; esac
        head -n 1 "$journal" | grep -q -F -- "$target" || aside=yes
        [ "$aside" = no ] || mv "$journal" "$journal.$(date +%s)"
    fi
    [ -e "$journal" ] || note "\"journal\":1,\"id\":\"$(date +%s)-$$-$(uname -n)\",\"by\":$(text "$(id -un)"),$target"
    if [ "$needed" -gt 0 ]; then
        if [ -n "$bypass" ]; then note "\"bypassedBy\":$(text "${people# }"),\"reason\":$(text "$bypass")"; else
            note "\"approvedBy\":$(text "${people# }")"
        fi
    fi
    for each in $said; do note "\"step\":$each,\"name\":\"said to be done\",\"exitCode\":0"; done
    LEDGER_RUN=$(sed -n '1s/.*"id":"\([^"]*\)".*/\1/p' "$journal")
    LEDGER_KIND=revert LEDGER_ATTEMPT=1 LEDGER_TOKEN=0 LEDGER_FROM_TAG='' LEDGER_FROM_DIGEST='' LEDGER_FROM_REVISION=''
    # shellcheck disable=SC2086
    export $seen
}

finish() { # finished, or unverified
    note "\"ended\":\"$1\""
    # What was signed was signed for once.
    [ "$needed" = 0 ] || rm -f "$file"
    printf '%s\n' "$LEDGER_ENVIRONMENT runs $what ($1)." "Where ledger is: ledger import journal $journal"
    [ "$1" = finished ] || exit 7
}
