import { type Answer, statusOf, unknownAnswer } from '../../app/checks/answer.ts'
import { CHECK_EXIT_CODES, type Exit } from '../../app/host/exit-codes.ts'
import { type CheckFact, worstFirst } from '../../check/check-result.ts'
import { renderPerfdata } from '../../check/plugin/perfdata.ts'
import { counted, printable } from '../../lib/format.ts'
import type { CliHost } from '../cli-host.ts'

const MAX_CHARS = 2000

/** In the form of a Nagios plugin: `HOLDFAST WARNING - problems, the worst first|performance data`. Verbose: followed by one line for each answer. */
export function renderAnswers(answers: readonly Answer[], { isVerbose }: { readonly isVerbose: boolean }): string {
  const word = CHECK_EXIT_CODES[statusOf(answers)][1]
  const perfdata = renderPerfdata(distinct(answers))
  const first = `HOLDFAST ${word} - ${textOf(answers)}${perfdata === '' ? '' : `|${perfdata}`}`
  return [first, ...(isVerbose ? answers.map(lineOf) : [])].map((line) => `${line}\n`).join('')
}

/** The same as one JSON document. */
export function renderJsonAnswers(answers: readonly Answer[]): string {
  const status = statusOf(answers)
  return `${JSON.stringify({ status, exitCode: CHECK_EXIT_CODES[status][0], checks: answers })}\n`
}

function textOf(answers: readonly Answer[]): string {
  const [only, ...more] = answers
  const bad = worstFirst(answers)
  if (only !== undefined && more.length === 0) return shortened(only.reason)
  if (bad.length === 0) return `${counted(answers.length, 'check')}, all OK`
  return shortened(bad.map(({ name, reason }) => `${name}: ${reason}`).join('; '))
}

function lineOf({ name, status, reason, hint }: Answer): string {
  return `[${CHECK_EXIT_CODES[status][1]}] ${plain(name)}: ${shortened(reason)}${hint === undefined ? '' : `. ${plain(hint)}`}`
}

function shortened(text: string): string {
  const line = plain(text)
  return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS - 1)}…`
}

// Text after "|" would be read as performance data.
function plain(text: string): string {
  return printable(text).replaceAll('|', '/')
}

/** All facts; a label that occurs twice is preceded by the name of its check. */
function distinct(answers: readonly Answer[]): readonly CheckFact[] {
  const counts = new Map<string, number>()
  for (const { label } of answers.flatMap((it) => it.facts)) counts.set(label, (counts.get(label) ?? 0) + 1)
  return answers.flatMap(({ name, facts }) =>
    facts.map((fact) => ((counts.get(fact.label) ?? 0) > 1 ? { ...fact, label: `${name} ${fact.label}` } : fact)),
  )
}

/** Prints a failure as a plugin does: on stdout, as UNKNOWN. */
export function printUnknown(error: unknown, { stdout }: CliHost): Exit {
  stdout.write(renderAnswers([unknownAnswer(error)], { isVerbose: false }))
  return { code: CHECK_EXIT_CODES.unknown[0], isUrgent: true }
}

/** Whether the command is `check`, even if the rest of the command line is invalid. */
export function isCheckCommand(argv: readonly string[]): boolean {
  const words = argv.filter((_, index) => !/^(?:-[qv]*f|--file)$/u.test(argv[index - 1] ?? ''))
  return words.find((word) => !word.startsWith('-')) === 'check'
}
