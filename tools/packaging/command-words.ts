import type { CommandSpec } from '../../src/cli/args/command-spec.ts'
import { COMMANDS } from '../../src/cli/args/commands.ts'
import { GLOBAL_OPTIONS } from '../../src/cli/args/shared-options.ts'

/** An option as shells complete it. */
export interface OptionWords {
  /** `-q`, `--quiet` */
  readonly words: readonly string[]
  readonly description: string
  /** What its value is; absent: it has none. */
  readonly value?: 'file' | 'folder' | 'other'
}

export interface CommandWords {
  readonly name: string
  /** The name, and its aliases. */
  readonly words: readonly string[]
  readonly summary: string
  readonly options: readonly OptionWords[]
  /** The words that its first argument can be. */
  readonly arguments: readonly string[]
}

export const globalWords: readonly OptionWords[] = Object.values(GLOBAL_OPTIONS).map(optionWords)

export const commandWords: readonly CommandWords[] = COMMANDS.map((command: CommandSpec) => ({
  name: command.name,
  words: [command.name, ...(command.aliases ?? [])],
  summary: command.summary,
  options: command.options.map(optionWords),
  arguments: command.name === 'help' ? COMMANDS.map(({ name }) => name) : wordsOf(command.parameters[0]?.name ?? ''),
}))

function optionWords({ flags, description }: { readonly flags: string; readonly description: string }): OptionWords {
  const value = /<(?<value>[^>]+)>/u.exec(flags)?.groups?.['value']?.replace('...', '')
  const kind = value === 'file' || value === 'folder' ? value : 'other'
  return { words: flags.match(/--?[\w-]+/gu) ?? [], description, ...(value !== undefined && { value: kind }) }
}

/** `[list|check]` is two words; `<test>` is one; any other parameter is a name. */
function wordsOf(parameter: string): readonly string[] {
  if (parameter === '<test>') return ['test']
  return parameter.includes('|') ? parameter.replaceAll(/[[\]<>]/gu, '').split('|') : []
}
