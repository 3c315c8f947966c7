import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseCommandLine } from '../../src/cli/args/parse-command-line.ts'
import { messageOf } from '../../src/lib/errors.ts'

const checkout = fileURLToPath(new URL('../..', import.meta.url))
const pages = globSync(['README.md', 'docs/{guide,ru}/**/*.md'], { cwd: checkout })

/** The words of the first command of a line, as far as they are those of Holdfast: without its comment, and up to an operator of the shell. */
function wordsOf(line: string): readonly string[] {
  const command = line.replace(/ +#.*| {2,}.*/u, '')
  const words = [...command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/gu)].map(([word]) => word.replaceAll(/["']/gu, ''))
  const end = words.findIndex((word) => /^(?:\||\|\||&&?|;|[0-9]?[<>].*)$/u.test(word))
  return (end < 0 ? words : words.slice(0, end)).slice(1)
}

/** All command lines of Holdfast on a page: in blocks, at the prompt of a transcript, and in the text. */
function commandsOn(page: string): readonly string[] {
  const text = readFileSync(join(checkout, page), 'utf8')
  const lines = [...text.matchAll(/^(?: {4}\$? ?)?(?<line>holdfast .*)$/gmu)].map(({ groups }) => groups?.['line'] ?? '')
  const inText = [...text.matchAll(/`(?<line>holdfast [^`\n]+)`/gu)].map(({ groups }) => groups?.['line'] ?? '')
  return [...lines, ...inText]
}

/** Why a command line is invalid; undefined for a valid one. */
function faultOf(words: readonly string[]): string | undefined {
  try {
    parseCommandLine(words, 'holdfast')
    return undefined
  } catch (error) {
    // The name of a command alone may stand for it.
    return words.length === 1 && /^missing required argument/u.test(messageOf(error)) ? undefined : messageOf(error)
  }
}

describe('commands in the documents', () => {
  it('exist, with their options', () => {
    const lines = pages.flatMap((page) => commandsOn(page).map((line) => ({ page, line, words: wordsOf(line) })))
    // Without sentences about the program, and abbreviated commands.
    const commands = lines.filter(({ words }) => words.length > 0 && !words.some((word) => /…|\||^\.\.\.$/u.test(word)))
    assert.ok(commands.length > 150, String(commands.length))
    for (const { page, line, words } of commands) assert.equal(faultOf(words), undefined, `${page}: ${line}`)
  })
})
