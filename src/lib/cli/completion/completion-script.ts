/** The shells that completion is there for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** Each asks the program itself, so that a script that was installed once never is out of date. */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of mono for bash: put \`source <(mono completion bash)\` into ~/.bashrc.
_mono() {
  local IFS=$'\\n'
  COMPREPLY=($(mono __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _mono mono
`,
  zsh: `#compdef mono
# Completion of mono for zsh: put \`source <(mono completion zsh)\` into ~/.zshrc, below compinit.
_mono() {
  local -a candidates
  candidates=("\${(@f)$(mono __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a candidates
}
compdef _mono mono
`,
  fish: `# Completion of mono for fish: mono completion fish >~/.config/fish/completions/mono.fish
function __mono_complete
    set -l words (commandline -opc)
    mono __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c mono -f -a '(__mono_complete)'
`,
};

/** Returns the script that teaches `shell` to complete the words of a command line. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
