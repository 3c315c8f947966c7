import { count, covering, oneOf, type Search, text } from '../../app/search.ts'

/** The search parameters of the page of a run. `line` and `to` are counted from 1, as displayed. */
export function readRunSearch(search: Search) {
  return covering({
    host: text(search['host']),
    q: text(search['q']),
    line: count(search['line']),
    to: count(search['to']),
    level: oneOf(search['level'], ['warnings', 'errors']),
  })
}
