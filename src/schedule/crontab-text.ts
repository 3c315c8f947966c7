// A crontab as text. Lines that are not ours pass through as they are, byte for byte: callers hand over latin1, in which every byte is a character.

/** The table with `line` as the task's only entry, at its end, an empty line before it. The same text when it is so already. */
export function withEntry(text: string, task: string, line: string): string {
  const own = linesOf(text).filter((it) => isEntryOf(it, task))
  if (own.length === 1 && own[0] === `${line}\n`) return text
  const rest = withoutEntries(text, task)
  const ended = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`
  return `${ended}\n${line}\n`
}

/** The table without the task's entries, and without the empty line before each. The same text when there is none. */
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
// Of the shell that runs it: what is in quotes holds no comment (POSIX.1, "Shell Command Language", 2.2 and 2.3).
const QUOTED = /^\s*(?:(?:[^@#\s]+\s+){5}|@\w+\s+)(?<command>(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\\s]|\s+(?![\s#]))*)\s+#[ \t]*(?<comment>.*)$/u
const NICKNAME = /^\s*@\w+\s+(?<command>[^#\n]*?)\s+#[ \t]*(?<comment>[^\n]*)$/u

/**
 * Whether a line runs this task: a job whose comment is the task's name, as KristaBackup marks its lines, and whose command says `run TASK`. A job of
 * somebody else's that merely has such a comment is none.
 */
function isEntryOf(line: string, task: string): boolean {
  const text = line.trimEnd()
  // The original quotes nothing, so that a quote in a name stands alone there.
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
