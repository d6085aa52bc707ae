# shellcheck shell=bash
# Shared by the scripts beside it: where the project is, how they explain themselves, how they build.
# Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A script's help is the comment it opens with.
show_help() {
  sed -n '2,/^[^#]/{/^#/{s/^# \{0,1\}//;p;}}' "$0"
  exit 0
}

die() {
  echo "scripts/${0##*/}: $*" >&2
  exit 2
}

# configure PRESET [CMAKE-OPTION...]: cmake has much to say and it only matters when it fails. Where CI is set nobody
# will edit and build again, so whole folders are compiled at once.
configure() {
  local said
  if ! said=$(cd "$root" && cmake --preset "$@" ${CI:+-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0} 2>&1); then
    echo "$said" >&2
    return 1
  fi
}

# build PRESET TARGET...: configures and builds; all output goes to stderr, so that stdout is the program's own.
build() {
  local preset=$1
  shift
  configure "$preset" && cmake --build "$root/build/$preset" --target "$@" >&2
}

# build_product TARGET...: a release build of what users get. Tests stay out: they need packages that a user has no use
# for. A build that has them already is left as it is.
build_product() {
  if [[ ! -f $root/build/release/build.ninja ]]; then
    configure release -DSQUID_TESTS=OFF
  fi
  cmake --build "$root/build/release" --target "$@" >&2
}
