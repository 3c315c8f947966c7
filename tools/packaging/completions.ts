import { commandWords, globalWords, type OptionWords } from './command-words.ts'

const MADE = '# Generated from the commands of the program. Not to be edited.'

const all = [...globalWords, ...commandWords.flatMap(({ options }) => options)]
const wordsWith = (...values: readonly OptionWords['value'][]) =>
  [...new Set(all.filter((it) => it.value && values.includes(it.value)).flatMap(({ words }) => words))].toSorted().join('|')
const flat = (options: readonly OptionWords[]) => options.flatMap(({ words }) => words).join(' ')

/** For bash, without the package bash-completion. */
export function renderBash(): string {
  const cases = commandWords.map(
    ({ words, options, arguments: first }) => `    ${words.join('|')}) words="${[...first, flat(options)].join(' ').trim()}" ;;`,
  )
  return `${MADE}
_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} word command='' words='' skip=''
  COMPREPLY=()
  case $prev in
    ${wordsWith('file', 'folder')}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    ${wordsWith('other')}) return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [ -n "$skip" ]; then skip=; continue; fi
    case $word in
      -f | --file) skip=1 ;;
      -*) ;;
      *) command=$word; break ;;
    esac
  done
  case $command in
    '') words="${commandWords.flatMap(({ words }) => words[0] ?? []).join(' ')}" ;;
${cases.join('\n')}
    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words ${flat(globalWords)}" -- "$cur")
}
complete -F _holdfast holdfast
`
}

/** For zsh, as a file in a folder of \`fpath\`. */
export function renderZsh(): string {
  const text = (it: string) => it.replaceAll("'", "'\\''").replaceAll(/[[\]:]/gu, '\\$&')
  const action = { file: ':file:_files', folder: ':folder:_files -/', other: ':value: ' }
  const lines = (options: readonly OptionWords[]) =>
    options.flatMap(({ words, description, value }) => words.map((word) => `'*${word}[${text(description)}]${value ? action[value] : ''}'`))
  const cases = commandWords.map(({ words, options, arguments: first }) => {
    const argument = first.length > 0 ? `'1:word:(${first.join(' ')})'` : "'*:name: '"
    return `        ${words.join('|')}) _arguments ${[...lines(options), argument].join(' ')} ;;`
  })
  return `#compdef holdfast
${MADE}
_holdfast() {
  local -a verbs
  local curcontext=$curcontext state line
  verbs=(
${commandWords.flatMap(({ words, summary }) => words.map((word) => `    '${text(word)}:${text(summary)}'`)).join('\n')}
  )
  _arguments -C ${lines(globalWords).join(' ')} '1: :->verb' '*:: :->rest'
  case $state in
    verb) _describe command verbs ;;
    rest)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}
_holdfast "$@"
`
}

export function renderFish(): string {
  const quote = (it: string) => `'${it.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const option = ({ words, description, value }: OptionWords) => {
    const names = words.map((word) => (word.startsWith('--') ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`))
    return `${names.join(' ')}${value ? ` -r${value === 'other' ? ' -f' : ' -F'}` : ''} -d ${quote(description)}`
  }
  const commands = commandWords.flatMap(({ words, summary, options, arguments: first }) => {
    const seen = `-n '__fish_seen_subcommand_from ${words.join(' ')}'`
    return [
      ...words.map((word) => `complete -c holdfast -f -n __fish_use_subcommand -a ${word} -d ${quote(summary)}`),
      ...(first.length > 0 ? [`complete -c holdfast -f ${seen} -a ${quote(first.join(' '))}`] : []),
      ...options.map((it) => `complete -c holdfast ${seen} ${option(it)}`),
    ]
  })
  return `${[MADE, 'complete -c holdfast -f', ...globalWords.map((it) => `complete -c holdfast ${option(it)}`), ...commands].join('\n')}\n`
}
