// A crontab as text. Other lines are kept unchanged, byte for byte: callers use latin1, in which every byte is a character.

/** A line that may run a task: a job with the name of the task as its comment, whose command contains `run TASK`, as written by KristaBackup and here. */
export interface TaskEntry {
  /** The whole line, with its end. */
  readonly line: string
  /** The word of the command that starts the program, without an interpreter before it. */
  readonly program: string
  /** The value of `-f`. */
  readonly file?: string
}

/** The lines that may run the task. Which program they start, with which configuration, is checked by the caller. */
export function entriesFor(text: string, task: string): readonly TaskEntry[] {
  return linesOf(text).flatMap((line) => entryOf(line, task) ?? [])
}

/** The crontab with `line` at its end, after an empty line, instead of the lines `own`. Unchanged if it is the only one of them. */
export function withEntry(text: string, line: string, own: ReadonlySet<string>): string {
  const present = linesOf(text).filter((it) => own.has(it))
  if (present.length === 1 && present[0] === `${line}\n`) return text
  const rest = withoutEntries(text, own)
  const ended = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`
  return `${ended}\n${line}\n`
}

/** The crontab without the lines `own`, and without the empty line before each. Unchanged if there is none. */
export function withoutEntries(text: string, own: ReadonlySet<string>): string {
  const kept: string[] = []
  for (const line of linesOf(text)) {
    if (!own.has(line)) kept.push(line)
    else if (kept.at(-1) === '\n') kept.pop()
  }
  return kept.join('')
}

const FIVE_FIELDS = /^\s*(?:[^@#\s]+\s+){5}(?<command>[^\n]*?)\s+#[ \t]*(?<comment>[^\n]*)$/u
// In the shell that runs it, quoted text contains no comments (POSIX.1, "Shell Command Language", 2.2 and 2.3).
const QUOTED = /^\s*(?:(?:[^@#\s]+\s+){5}|@\w+\s+)(?<command>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\\s]|\s+(?![\s#]))*)\s+#[ \t]*(?<comment>.*)$/u
const NICKNAME = /^\s*@\w+\s+(?<command>[^#\n]*?)\s+#[ \t]*(?<comment>[^\n]*)$/u

function entryOf(line: string, task: string): TaskEntry | undefined {
  const text = line.trimEnd()
  // KristaBackup quotes nothing, so that a quote in a name is unpaired there.
  for (const found of [FIVE_FIELDS.exec(text) ?? NICKNAME.exec(text), QUOTED.exec(text)]) {
    const start = startOf(found?.groups, task)
    if (start !== undefined) return { line, ...programOf(start) }
  }
  return undefined
}

/** The command up to `run TASK`. */
function startOf({ command, comment }: { readonly command?: string; readonly comment?: string } = {}, task: string): string | undefined {
  if (comment?.trim() !== task || command === undefined) return undefined
  const plain = ` ${oneBlank(command.replaceAll('\\%', '%').replaceAll("'\\''", "'"))} `
  const places = [task, `'${task}'`].map((name) => plain.indexOf(` run ${oneBlank(name)} `)).filter((at) => at !== -1)
  return places.length === 0 ? undefined : plain.slice(0, Math.min(...places))
}

const WORD = /'(?<single>[^']*)'|"(?<double>[^"]*)"|(?<bare>[^\s'"]+)/gu
// Words that may precede a program.
const BEFORE = /^(?:\w+=.*|(?:\/\S*\/)?(?:env|nice|ionice|chronic|python[\d.]*)|-\w+|\d+)$/u

function programOf(start: string): Pick<TaskEntry, 'program' | 'file'> {
  const last = start.split(/&&|;|\|/u).at(-1) ?? ''
  const words = [...last.matchAll(WORD)].map(({ groups }) => groups?.['single'] ?? groups?.['double'] ?? groups?.['bare'] ?? '')
  const at = words.findIndex((word) => !BEFORE.test(word))
  const options = at === -1 ? [] : words.slice(at + 1)
  const option = options.findIndex((word) => word === '-f' || word === '--file')
  const joined = options.find((word) => word.startsWith('--file='))?.slice('--file='.length)
  const file = option === -1 ? joined : options[option + 1]
  return { program: words[at] ?? '', ...(file !== undefined && { file }) }
}

function oneBlank(text: string): string {
  return text.trim().replaceAll(/\s+/gu, ' ')
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? []
}
