# Installs what is missing of the Debian packages named; sourced by the other scripts.
# Says which packages are wanted when it may not install them.

needs() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local as=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
            as=(sudo)
        else
            echo "These Debian packages are missing, and may not be installed from here: ${missing[*]}" >&2
            echo "As root: apt-get install ${missing[*]}" >&2
            return 1
        fi
    fi
    echo "installing ${missing[*]}" >&2
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || true
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" > /dev/null
}

needs_swift() {
    if ! command -v swift > /dev/null; then
        echo "swift is missing: install Swift 6.2 or newer (swift.org/install), then run this again" >&2
        return 1
    fi
    local version
    version=$(swift --version 2>&1 | grep -oE 'Swift version [0-9]+\.[0-9]+' | grep -oE '[0-9]+\.[0-9]+')
    if [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -n 1)" != 6.2 ]; then
        echo "Swift $version is too old: 6.2 or newer is wanted (swift.org/install)" >&2
        return 1
    fi
}
