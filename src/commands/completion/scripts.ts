/**
 * What a shell reads to complete our command line: it asks the program at every TAB, so that no script is ever older than
 * the program. None of them runs what stands on the line, and what goes wrong is no word on it.
 */
export const scripts = {
  bash: `# bash completion of seatable-restic
_seatable_restic() {
  local who line
  COMPREPLY=()
  {
    IFS= read -r who
    while IFS= read -r line; do COMPREPLY+=("$line"); done
  } < <(command seatable-restic __complete bash "$COMP_TYPE" "$COMP_WORDBREAKS" "\${COLUMNS:-80}" "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $who in
    files) compopt -o default ;;
    directories) compopt -o dirnames ;;
    # The newest snapshot first; bash before 4.4 knows only the alphabet.
    *) compopt -o nosort 2>/dev/null ;;
  esac
}
complete -F _seatable_restic seatable-restic
`,
  zsh: `#compdef seatable-restic
# zsh completion of seatable-restic
_seatable-restic() {
  local line
  local -a answer values listed
  answer=("\${(@f)$(command seatable-restic __complete zsh "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
  [[ $PREFIX == --*=* ]] && compset -P 1 '*='
  case $answer[1] in
    files) _files ;;
    directories) _files -/ ;;
    *)
      for line in "\${(@)answer[2,-1]}"; do
        values+=("\${line%%$'\\t'*}")
        listed+=("\${line#*$'\\t'}")
      done
      compadd -V seatable-restic -l -d listed -a values
      ;;
  esac
}
if [[ $funcstack[1] == _seatable-restic ]]; then
  _seatable-restic "$@"
else
  compdef _seatable-restic seatable-restic
fi
`,
  fish: `# fish completion of seatable-restic
function __seatable_restic_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l answer (command seatable-restic __complete fish $words "$current" 2>/dev/null)
    set -l ahead (string match -r -- '^--[^=]+=' $current)
    set -l path (string replace -r -- '^--[^=]+=' '' $current)
    switch "$answer[1]"
        case files
            for found in (complete -C"'' $path")
                echo "$ahead$found"
            end
        case directories
            for found in (complete -C"'' $path" | string match -r '^[^\\t]*/(?=\\t|$)')
                echo "$ahead$found"
            end
        case values
            printf '%s\\n' $answer[2..-1]
    end
end
complete -c seatable-restic -e
complete -c seatable-restic -f -k -a '(__seatable_restic_complete)'
`,
} as const
