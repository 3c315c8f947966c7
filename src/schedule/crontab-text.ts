// A crontab as text. Other lines are kept unchanged, byte for byte: callers use latin1, in which every byte is a character.

/** The crontab with `line` as the only entry of the task, at its end, after an empty line. Unchanged if it already is. */
export function withEntry(text: string, task: string, line: string): string {
  const own = linesOf(text).filter((it) => isEntryOf(it, task))
  if (own.length === 1 && own[0] === `${line}\n`) return text
  const rest = withoutEntries(text, task)
  const ended = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`
  return `${ended}\n${line}\n`
}

/** The crontab without the task's entries, and without the empty line before each. Unchanged if there is none. */
export function withoutEntries(text: string, task: string): string {
  const kept: string[] = []
  for (const line of linesOf(text)) {
    if (!isEntryOf(line, task)) kept.push(line)
    else if (kept.at(-1) === '\n') kept.pop()
  }
  return kept.join('')
}

/** The names of those tasks that have an entry. */
export function enabledAmong(text: string, tasks: Iterable<string>): ReadonlySet<string> {
  const lines = linesOf(text)
  return new Set([...tasks].filter((task) => lines.some((line) => isEntryOf(line, task))))
}

const FIVE_FIELDS = /^\s*(?:[^@#\s]+\s+){5}(?<command>[^\n]*?)\s+#[ \t]*(?<comment>[^\n]*)$/u
// In the shell that runs it, quoted text contains no comments (POSIX.1, "Shell Command Language", 2.2 and 2.3).
const QUOTED = /^\s*(?:(?:[^@#\s]+\s+){5}|@\w+\s+)(?<command>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\\s]|\s+(?![\s#]))*)\s+#[ \t]*(?<comment>.*)$/u
const NICKNAME = /^\s*@\w+\s+(?<command>[^#\n]*?)\s+#[ \t]*(?<comment>[^\n]*)$/u

/**
 * Whether a line runs this task: a job whose comment is the task's name, as written by KristaBackup, and whose command contains `run TASK`. Other
 * jobs with such a comment do not match.
 */
function isEntryOf(line: string, task: string): boolean {
  const text = line.trimEnd()
  // KristaBackup quotes nothing, so that a quote in a name is unpaired there.
  return [FIVE_FIELDS.exec(text) ?? NICKNAME.exec(text), QUOTED.exec(text)].some((found) => runs(found?.groups, task))
}

function runs({ command, comment }: { readonly command?: string; readonly comment?: string } = {}, task: string): boolean {
  if (comment?.trim() !== task || command === undefined) return false
  const said = ` ${oneBlank(command.replaceAll('\\%', '%').replaceAll("'\\''", "'"))} `
  return [task, `'${task}'`].some((name) => said.includes(` run ${oneBlank(name)} `))
}

function oneBlank(text: string): string {
  return text.trim().replaceAll(/\s+/gu, ' ')
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? []
}
