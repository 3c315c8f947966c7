import { printable } from '../../lib/format.ts'

/** Any text as plain words of a Markdown line: nothing in it is taken for markup (CommonMark 0.31, backslash escapes), and it stays on one line. */
export function markdownText(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]<>()#!|~&]/gu, '\\$&')
}
