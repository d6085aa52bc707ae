# bash completion of squid-bpf. Options, subcommands and sinks are what the program itself lists, so nothing gets old.
# shellcheck shell=bash

_squid_bpf() {
  local word=${COMP_WORDS[COMP_CWORD]} words
  case $word in
    -*) words=$(squid-bpf --help | grep -oE '(^| |,)--[a-z-]+' | tr -d ' ,') ;;
    *)
      case ${COMP_WORDS[COMP_CWORD - 1]} in
        --config | --host-root | --cgroup-root | --status-socket)
          mapfile -t COMPREPLY < <(compgen -f -- "$word")
          return
          ;;
        --sink) words=$(squid-bpf list | sed -n '/^Sinks/,/^$/s/^  \([a-z0-9+-]*\).*/\1/p') ;;
        *) words=$(squid-bpf --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p') ;;
      esac
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _squid_bpf squid-bpf
