import { compilePatterns } from '../../plan/patterns/compile-patterns.ts'

/** Whether a path, or a folder above it, is excluded by patterns of a source of files: from the root with a leading slash, otherwise at any depth. */
export function isExcluded(path: string, patterns: readonly string[]): boolean {
  const parts = path.split('/').filter((part) => part !== '')
  const above = parts.map((_, index) => parts.slice(0, index + 1))
  return patterns.some((pattern) => {
    const compiled = compilePatterns({ language: 'shell', patterns: [pattern.replace(/^\/+/u, '').replace(/\/+$/u, '')] })
    const isAnchored = pattern.startsWith('/')
    return above.some((names) => names.some((_, start) => (start === 0 || !isAnchored) && compiled.matches(names.slice(start).join('/'))))
  })
}
