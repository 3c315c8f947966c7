import type { PatternList } from '../../plan/pattern-list.ts'
import type { Attributes } from './attributes.ts'

/** The patterns of "exclusions", in the language that the action says. */
export function patternsOf(attributes: Attributes): PatternList {
  const language = attributes.flag('use_re_in_patterns', false) ? 'regex' : 'shell'
  // An empty one matches nothing that has a name.
  const patterns = attributes.list('exclusions').flatMap((it) => (it.trim() === '' ? [] : [it.trim()]))
  return { language, patterns }
}
