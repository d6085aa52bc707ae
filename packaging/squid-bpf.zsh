#compdef squid-bpf
# zsh completion of squid-bpf. Options, subcommands and sinks are what the program itself lists, so nothing gets old.

case $words[CURRENT] in
  -*) compadd -- ${(f)"$(squid-bpf --help | grep -oE '(^| |,)--[a-z-]+' | tr -d ' ,')"} ;;
  *)
    case $words[CURRENT-1] in
      --config|--host-root|--cgroup-root|--status-socket) _files ;;
      --sink) compadd -S '' -- ${(f)"$(squid-bpf list | sed -n '/^Sinks/,/^$/s/^  \([a-z0-9+-]*\).*/\1/p')"} ;;
      *) compadd -- ${(f)"$(squid-bpf --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')"} ;;
    esac
    ;;
esac
