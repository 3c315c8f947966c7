/** A parsed command line of the ancestor. Only short options, all of them before the command. */
export type PalhmArgv = PalhmCall | { readonly kind: 'usage'; readonly message: string; readonly hint: string }

export interface PalhmCall {
  readonly kind: 'call'
  readonly command: PalhmCommand
  /** `run`: at most the name of a task. `help`: at most the command to explain. Otherwise empty: further words were always ignored. */
  readonly args: readonly string[]
  readonly quiet: boolean
  /** Number of -v options. */
  readonly verbose: number
  readonly file?: string
}

export const PALHM_COMMANDS = ['run', 'config', 'mods', 'boot-report', 'help'] as const
export type PalhmCommand = (typeof PALHM_COMMANDS)[number]

const HINT = 'Run it with the command "help" for usage.'

/** Parses the words after the program's name like getopt(3) with "qvf:". A `usage` result ends the program with 2. */
export function palhmArgv(argv: readonly string[]): PalhmArgv {
  const options = readOptions(argv)
  if (typeof options === 'string') return usage(options)
  const { words, quiet, verbose, file } = options
  if (quiet && verbose > 0) return usage('options -q and -v cannot be combined')
  const [command, ...rest] = words
  if (command === undefined) return usage('missing command')
  if (!isCommand(command)) return usage(`unknown command ${JSON.stringify(command)}`, hintFor(command))
  const args = argumentsOf(command, rest)
  if (!args) return usage(`unknown command ${JSON.stringify(rest[0])}`)
  return { kind: 'call', command, args, quiet, verbose, ...(file !== undefined && { file }) }
}

interface Options {
  readonly words: readonly string[]
  readonly quiet: boolean
  readonly verbose: number
  readonly file: string | undefined
}

function readOptions(argv: readonly string[]): Options | string {
  let quiet = false
  let verbose = 0
  let file: string | undefined
  let index = 0
  for (let word = argv[0]; word !== undefined && isOption(word); word = argv[index]) {
    index += 1
    if (word === '--') break
    if (word.startsWith('--')) return `unknown option ${JSON.stringify(word)}`
    const { flags, value } = splitOption(word)
    const unknown = /[^qv]/u.exec(flags)
    if (unknown) return `unknown option ${JSON.stringify(`-${unknown[0]}`)}`
    quiet ||= flags.includes('q')
    verbose += flags.replaceAll('q', '').length
    if (value === undefined) continue
    file = value === '' ? argv[index++] : value
    if (file === undefined) return 'missing argument of option -f'
  }
  return { words: argv.slice(index), quiet, verbose, file }
}

function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}

/** `-qfFILE` is the flag q and the value FILE; if nothing follows the f, the value is the next word. */
function splitOption(word: string): { readonly flags: string; readonly value?: string } {
  const end = word.indexOf('f')
  return end < 0 ? { flags: word.slice(1) } : { flags: word.slice(1, end), value: word.slice(end + 1) }
}

/** Undefined: help for an unknown command. */
function argumentsOf(command: PalhmCommand, [first = '', ...more]: readonly string[]): readonly string[] | undefined {
  if (command === 'run') return first === '' ? [] : [first]
  if (command !== 'help' || first === 'help') return []
  if (isCommand(first)) return [first]
  // With one unknown word, the general help was always shown; with two it was an error.
  return more.length === 0 ? [] : undefined
}

function isCommand(word: string): word is PalhmCommand {
  return PALHM_COMMANDS.some((it) => it === word)
}

function usage(message: string, hint = HINT): PalhmArgv {
  return { kind: 'usage', message, hint }
}

/** The name of a task, such as "check-dnssec", without the command that runs it. */
function hintFor(word: string): string {
  return /^[A-Za-z][\w-]*$/u.test(word) ? `If it is a task, use "run ${word}". ${HINT}` : HINT
}
