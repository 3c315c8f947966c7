import { count, covering, oneOf, type Search, text } from '../../app/search.ts'

/** What the address says of the page of a run. `line` and `to` count from 1, as they are shown. */
export function readRunSearch(search: Search) {
  return covering({
    host: text(search['host']),
    q: text(search['q']),
    line: count(search['line']),
    to: count(search['to']),
    level: oneOf(search['level'], ['warnings', 'errors']),
  })
}
