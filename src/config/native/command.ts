import type { Report } from '../../document/issue-report.ts'
import { itemsOf, type LocatedNode, locationOf, memberOf } from '../../document/yaml/node.ts'
import { quoted } from '../../lib/quoted.ts'
import type { AcceptedCodes, Command } from '../../plan/command.ts'
import type { CommandInput } from './schema/commands.ts'
import { type CommandOptions, commandIn, innerSettings, type Settings } from './settings.ts'

/** Compiles a command: a list of words, or an object. */
export function compileCommand(
  input: CommandInput,
  settings: Settings,
  { at, report }: { readonly at: LocatedNode; readonly report: Report },
): Command | undefined {
  if (typeof input === 'string') return undefined
  if (Array.isArray(input)) return withArgv(input, { settings, at, report, options: {} })
  const { argv, shell, accept, stdout, stderr, ...processContext } = input
  const options: CommandOptions = {
    ...(accept !== undefined && { accept: readAccepted(accept, memberOf(at, 'accept') ?? at, report) }),
    ...(stdout !== undefined && { showStdout: stdout }),
    ...(stderr !== undefined && { showStderr: stderr }),
  }
  const words = argv ?? ['/bin/sh', '-c', shell ?? '']
  return withArgv(words, { settings: innerSettings(settings, processContext, { at, report }), at: memberOf(at, 'argv') ?? at, report, options })
}

interface Use {
  readonly settings: Settings
  readonly at: LocatedNode
  readonly report: Report
  readonly options: CommandOptions
}

function withArgv(words: readonly string[], { settings, at, report, options }: Use): Command | undefined {
  const [program = '', ...rest] = words
  if (program === '') return report.error(locationOf(itemsOf(at)[0] ?? at), 'expected a program name, found an empty string')
  if (/\s/u.test(program) && rest.length === 0)
    report.warn(
      locationOf(itemsOf(at)[0] ?? at),
      `${quoted(program)} is the name of one program that contains spaces`,
      'Write each argument as a separate list item.',
    )
  return commandIn(settings, [program, ...rest], options)
}

function readAccepted(input: number | string, at: LocatedNode, report: Report): AcceptedCodes {
  if (input === 'none') return { min: 1, max: 0 }
  const [min = 0, max = min] = String(input).split('-').map(Number)
  if (max < min) report.error(locationOf(at), 'invalid range: it starts after its end', `Write "${max}-${min}".`)
  return { min, max }
}
