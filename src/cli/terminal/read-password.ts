import type { Output } from './output.ts'

const MAX_LENGTH = 4096

/** Reads a password: on a terminal after a prompt, without echo; otherwise from the first line of stdin. Undefined if there is none, or Ctrl-C was pressed. */
export async function readPassword(prompt: string, stderr: Output): Promise<string | undefined> {
  const stdin = process.stdin
  if (!stdin.isTTY) return firstLine(stdin)
  stderr.write(prompt)
  stdin.setRawMode(true)
  try {
    return await firstLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

async function firstLine(stdin: typeof process.stdin): Promise<string | undefined> {
  let typed = ''
  stdin.setEncoding('utf8')
  for await (const chunk of stdin as AsyncIterable<string>) {
    typed = edited(typed + chunk)
    if (typed.includes('\u0003') || typed.length > MAX_LENGTH) return undefined
    const end = typed.search(/[\r\n]/u)
    if (end !== -1) return typed.slice(0, end)
  }
  return typed === '' ? undefined : typed
}

/** What the key for deleting took away. */
function edited(typed: string): string {
  let text = ''
  for (const letter of typed) text = letter === '\u007f' ? text.slice(0, -1) : text + letter
  return text
}
