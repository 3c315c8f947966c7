import type { PatternList } from '../pattern-list.ts'
import { PatternError } from './python-class.ts'
import { pythonRegexToJs } from './python-regex.ts'
import { shellPatternToRegex } from './shell-pattern.ts'

export interface CompiledPatterns {
  /** Whether one of them matches. */
  matches(text: string): boolean
  /** Invalid patterns, which match nothing. */
  readonly refused: readonly { readonly pattern: string; readonly why: string }[]
  readonly isEmpty: boolean
}

/** Compiles a list of patterns. Never throws: invalid ones are returned in `refused`. Empty regular expressions are omitted. */
export function compilePatterns({ language, patterns }: PatternList): CompiledPatterns {
  const ready: RegExp[] = []
  const refused: { pattern: string; why: string }[] = []
  for (const pattern of patterns.map((it) => it.trim())) {
    if (language === 'regex' && pattern === '') continue
    try {
      ready.push(language === 'shell' ? new RegExp(shellPatternToRegex(pattern), 'u') : compileRegex(pattern))
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      refused.push({ pattern, why: error.message })
    }
  }
  return { matches: (text) => ready.some((it) => it.test(text)), refused, isEmpty: ready.length === 0 }
}

function compileRegex(pattern: string): RegExp {
  const { source, flags } = pythonRegexToJs(pattern)
  return new RegExp(source, flags)
}
