#!/bin/sh
# What some tests need from Debian: say what is missing, and install it where that is possible.
# Ends with 1 only when an installation was tried and failed; tests that miss something are skipped and say so.
set -u

missing=""
need() { # package, then anything that shows that it is there: a command or a file
    package=$1
    shift
    for sign in "$@"; do
        case $sign in
        /*) [ -e "$sign" ] && return ;;
        *) command -v "$sign" >/dev/null 2>&1 && return ;;
        esac
    done
    missing="$missing $package"
}
need postgresql /usr/lib/postgresql/*/bin/initdb
need prometheus prometheus
need prometheus-alertmanager prometheus-alertmanager
need chromium chromium
need fonts-noto-color-emoji /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
need nodejs node
need npm npm
need strace strace
need iproute2 ip /sbin/ip /usr/sbin/ip
need faketime faketime
[ -n "$missing" ] || exit 0

missing=${missing# }
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Some tests will be skipped. On Debian, this brings them back: apt-get install --no-install-recommends $missing"
    exit 0
fi

echo "Some tests need Debian packages that are not here; they are installed now: $missing"
echo "Debian starts the daemons of such packages (PostgreSQL, Prometheus, Alertmanager): not this time, and not at boot."

policy=/usr/sbin/policy-rc.d # asked by every package before it starts a daemon; 101 = no
clusters=/etc/postgresql-common/createcluster.d
no_cluster=$clusters/watchkeeper-tests.conf
ours=""
clean_up() {
    [ -z "$ours" ] || rm -f "$policy"
    rm -f "$no_cluster"
    rmdir "$clusters" 2>/dev/null
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
fi
mkdir -p "$clusters" && echo "create_main_cluster = false" >"$no_cluster"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq </dev/null || echo "apt-get update failed; the package lists may be old."
# shellcheck disable=SC2086  # one word a package
if ! apt-get install -qqy --no-install-recommends -o DPkg::Lock::Timeout=300 $missing </dev/null; then
    echo "They could not be installed: apt-get install $missing"
    exit 1
fi
for daemon in prometheus prometheus-alertmanager; do
    case " $missing " in
    *" $daemon "*) command -v systemctl >/dev/null 2>&1 && systemctl --quiet disable "$daemon" ;;
    esac
done
exit 0
