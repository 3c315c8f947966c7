/** The words of an option text, split as by /bin/sh. */
export type Words = { readonly kind: 'words'; readonly words: readonly string[] } | { readonly kind: 'wrong'; readonly message: string }

// Blanks, quoted text, escaped characters, and all characters without a meaning for a shell.
const TOKEN = /(?<blank>\s+)|'(?<single>[^']*)'|"(?<double>(?:[^"\\$`]|\\.)*)"|\\(?<protected>.?)|(?<plain>[^\s'"\\;&|<>()`$]+)/suy

/** Splits at blanks, with the quotes and backslashes of a shell (POSIX.1, "Quoting"). All other shell syntax is rejected. */
export function splitWords(text: string): Words {
  const words: string[] = []
  let word: string | undefined
  const token = new RegExp(TOKEN)
  while (token.lastIndex < text.length) {
    const start = token.lastIndex
    const groups = token.exec(text)?.groups
    if (!groups) return { kind: 'wrong', message: whyNot(text.slice(start)) }
    if (groups['blank'] === undefined) word = `${word ?? ''}${textOf(groups)}`
    else {
      if (word !== undefined) words.push(word)
      word = undefined
    }
  }
  return { kind: 'words', words: word === undefined ? words : [...words, word] }
}

function textOf({ single, double, protected: kept, plain }: Readonly<Record<string, string | undefined>>): string {
  return single ?? double?.replaceAll(/\\(?<c>["\\$`])/gu, '$<c>') ?? kept ?? plain ?? ''
}

function whyNot(rest: string): string {
  const order = /^(?:"(?:[^"\\$`]|\\.)*)?(?<order>[;&|<>()`$])/su.exec(rest)?.groups?.['order']
  return order === undefined ? 'missing closing quote' : `"${order}" needs a shell, but these options are not passed to a shell`
}
