const SHELLS: readonly string[] = ['sh', 'bash', '']

/** The blocks with commands of a page, in order: fenced ones of a shell, and indented ones. Other fenced blocks are data. */
export function commandBlocks(markdown: string): string[] {
  const indented = markdown.replaceAll(/^ *```(?<info>[^\n]*)\n(?<text>.*?)^ *```$/gmsu, (_, info: string, text: string) =>
    SHELLS.includes(info) ? `.\n${text.replaceAll(/^/gmu, '    ')}\n.\n` : '.\n',
  )
  return [...indented.matchAll(/^ {4}.*\n(?: {4}.*\n|\n(?=\n* {4}))*/gmu)].map(([block]) => `${block.replaceAll(/^ {4}/gmu, '').trim()}\n`)
}

/** The script of a block: without the explanations beside its commands, and of a transcript only what was typed. */
export function scriptOf(block: string): string {
  const typed = [...block.matchAll(/^\$ (?<line>.*)$/gmu)].map((it) => it.groups?.['line'] ?? '')
  const lines = typed.length > 0 ? typed : block.split('\n')
  return lines.map((line) => (/^(?:holdfast|ssh-keygen|sftp) /u.test(line) ? line.replace(/ {2,}.*$/u, '') : line)).join('\n')
}
