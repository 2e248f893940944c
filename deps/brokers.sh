#!/usr/bin/env bash
# Puts the brokers that vsim starts on loopback into .deps/ of this tree. Nothing is installed system-wide and no root is
# needed; what is there already is left alone.
#   .deps/redis/redis-server   from Debian, with the libraries beside it that the system lacks
#   .deps/kafka/libs/*.jar     from Maven Central, pinned by kafka/pom.xml; Kafka runs on Java 17 or newer
# Exit status 1 when one is still missing; one line each says how to go on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deps=$(dirname "$here")/.deps
mkdir -p "$deps"
work=$(mktemp -d "$deps/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$deps/brokers.log
: >"$log"

say() { echo "make brokers: $*" >&2; }

# Lists of packages: the system's, or for a user without root on a machine where they are empty, our own.
apt=(-o APT::Sandbox::User=root)
own_lists() {
    mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial"
    apt+=(-o "Dir::State=$work/apt/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$work/apt/cache")
    apt-get "${apt[@]}" update >>"$log" 2>&1
}

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# redis-tools holds the program; redis-server only starts it with the system.
redis_packages() {
    local package
    apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
        --no-enhances redis-tools 2>>"$log" | grep '^[a-z]' | while read -r package; do
        [[ $package == redis-tools || $package == lib* ]] && ! installed "$package" && echo "$package"
    done
    return 0
}

download_redis() {
    local packages
    mapfile -t packages < <(redis_packages)
    [[ " ${packages[*]} " == *" redis-tools "* ]] || return 1
    mkdir -p "$work/debs"
    (cd "$work/debs" && apt-get "${apt[@]}" download "${packages[@]}" >>"$log" 2>&1)
}

# Copies what the loader does not find from the unpacked packages to beside the program, until it finds all or no more.
add_missing_libraries() {
    local dir so file found=1
    dir=$(dirname "$1")
    while [[ $found == 1 ]]; do
        found=0
        for so in $(LD_LIBRARY_PATH=$dir ldd "$1" | awk '/not found/ {print $1}'); do
            [[ -e $dir/$so ]] && continue
            file=$(find "$work/root" -name "$so" | head -1)
            [[ -n $file ]] && cp -L "$file" "$dir/$so" && found=1
        done
    done
}

fetch_redis() {
    local dest=$deps/redis deb
    local hint="Install redis-server 7 or newer, or name one: VSIM_REDIS_SERVER=PATH."
    [[ -x ${VSIM_REDIS_SERVER:-} || -x $dest/redis-server ]] && return
    command -v redis-server >/dev/null && return
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        say "Redis is missing and apt-get with dpkg, which fetch it, are not here. $hint"
        return 1
    fi
    if ! download_redis && ! { own_lists && download_redis; }; then
        say "apt-get could not download Redis (see .deps/brokers.log). $hint"
        return 1
    fi
    for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/root" >>"$log" 2>&1; done
    mkdir -p "$work/redis"
    # Debian's program is one, which goes by the name that it is started with.
    cp "$work/root/usr/bin/redis-check-rdb" "$work/redis/redis-server"
    add_missing_libraries "$work/redis/redis-server"
    if ! LD_LIBRARY_PATH=$work/redis "$work/redis/redis-server" --version >>"$log" 2>&1; then
        say "the downloaded redis-server does not start here (see .deps/brokers.log). $hint"
        return 1
    fi
    rm -rf "$dest"
    mv "$work/redis" "$dest"
    say "Redis is in .deps/redis"
}

# The stamp is the hash of pom.xml, so a newer pin replaces older files.
fetch_kafka() {
    local dest=$deps/kafka want
    local hint="Or name the kafka_2.13 JAR of your own, in the folder with the others: VSIM_KAFKA_JAR=PATH."
    want=$(sha256sum "$here/kafka/pom.xml")
    if ! command -v java >/dev/null; then
        say "Kafka needs Java 17 or newer, which is not installed: Debian's package is openjdk-17-jre-headless."
        return 1
    fi
    [[ -f ${VSIM_KAFKA_JAR:-} ]] && return
    [[ $(cat "$dest/stamp" 2>/dev/null) == "${want%% *}" ]] && return
    if ! command -v mvn >/dev/null; then
        say "Kafka is missing and mvn, which fetches it, is not installed: Debian's package is maven. $hint"
        return 1
    fi
    cp "$here/kafka/pom.xml" "$work/"
    if ! (cd "$work" && mvn -q -B dependency:copy-dependencies -Dmdep.stripVersion=true -DincludeScope=runtime \
        -DoutputDirectory="$work/kafka/libs" >>"$log" 2>&1); then
        say "mvn could not fetch Kafka (see .deps/brokers.log). $hint"
        return 1
    fi
    echo "${want%% *}" >"$work/kafka/stamp"
    rm -rf "$dest"
    mv "$work/kafka" "$dest"
    say "Kafka is in .deps/kafka"
}

failed=0
fetch_redis || failed=1
fetch_kafka || failed=1
exit $failed
