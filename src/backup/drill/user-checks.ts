import { printable } from '../../lib/format.ts'
import { shellWord } from '../../lib/shell-word.ts'
import { type DrillCheck, isExpected } from '../../plan/steps/drill-step.ts'
import { type Judgement, NOTHING } from './compare-dumps.ts'

/** The answer of a check, in the order of the checks. */
export interface CheckAnswer {
  readonly exitCode: number
  /** At most its beginning; after a failure also the end of its stderr. */
  readonly output: string
}

/** The most bytes of an answer that are read. */
export const ANSWER_BYTES = 65_536

/**
 * A function for the inner scripts: `check KIND SECONDS ARGUMENT…` runs a check and prints its exit code, the size of its output, and the output. A script
 * defines `query DATABASE SQL` before, for SQL.
 */
export const CHECK_FUNCTION = `
check() {
  kind=$1 seconds=$2
  shift 2
  code=0
  if [ "$kind" = sql ]; then
    query "$@" </dev/null >/drill/answer 2>/drill/stderr || code=$?
  else
    timeout -k 5 "$seconds" "$@" </dev/null >/drill/answer 2>/drill/stderr || code=$?
  fi
  [ $code = 0 ] || tail -c 2000 /drill/stderr >>/drill/answer
  size=$(wc -c </drill/answer)
  [ "$size" -le ${ANSWER_BYTES} ] || size=${ANSWER_BYTES}
  printf 'check %d %d\\n' $code "$size"
  head -c "$size" /drill/answer
}
`

/** The file with the checks of an object, for its inner script. */
export function checksScript(checks: readonly DrillCheck[]): string {
  const lines = checks.map(({ ask, timeoutMs }) => {
    const words = ask.kind === 'sql' ? [ask.database ?? '', ask.sql] : ask.argv
    return ['check', ask.kind, String(Math.max(1, Math.ceil(timeoutMs / 1000))), ...words.map(quotedWord)].join(' ')
  })
  return `${lines.join('\n')}\n`
}

function quotedWord(text: string): string {
  return text === '' ? "''" : shellWord(text)
}

/** A shell that does not find a program. */
export const NOT_FOUND = 127
// timeout(1), and a program that cannot be executed.
const [TIMED_OUT, KILLED, NOT_EXECUTABLE] = [124, 137, 126]
const SHOWN_CHARS = 100

/** Compares the answers with the expected ones. */
export function judgeChecks(checks: readonly DrillCheck[], answers: readonly CheckAnswer[]): Judgement {
  if (checks.length === 0) return NOTHING
  const reasons: string[] = []
  const doubts: string[] = []
  for (const [index, check] of checks.entries()) {
    const found = judge(check, answers[index])
    if (found === undefined) continue
    ;(found.isDoubt ? doubts : reasons).push(found.text)
  }
  return { ...NOTHING, reasons, doubts, asked: checks.map(({ label }) => `check "${printable(label)}"`) }
}

function judge({ label, ask, expect, timeoutMs }: DrillCheck, answer: CheckAnswer | undefined) {
  const name = `the check "${printable(label)}"`
  const doubt = (why: string) => ({ isDoubt: true, text: `${name} ${why}` })
  const fault = (why: string) => ({ isDoubt: false, text: `fails ${name}: ${why}` })
  if (answer === undefined) return doubt('returned no result')
  const { exitCode, output } = answer
  const last = printable(output.trim().split('\n').at(-1) ?? '').slice(0, SHOWN_CHARS)
  if (exitCode === TIMED_OUT || exitCode === KILLED) return doubt(`was ended, or took longer than ${timeoutMs / 1000} s`)
  if (exitCode === NOT_FOUND || exitCode === NOT_EXECUTABLE) return doubt(`could not be run: ${last}`)
  if (exitCode !== 0) return fault(last === '' ? `exit code ${exitCode}` : `exit code ${exitCode}: ${last}`)
  if (expect !== undefined) return isExpected(output, expect) ? undefined : fault(`answered "${last}", expected "${printable(expect.text)}"`)
  return ask.kind === 'sql' && output.trim() === '' ? fault('returned nothing') : undefined
}
