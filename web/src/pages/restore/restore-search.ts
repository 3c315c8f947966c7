import { covering, type Search, text } from '../../app/search.ts'

/** What the address says of what is to come back. `job`: the restore that was started. */
export function readRestoreSearch(search: Search) {
  return covering({
    host: text(search['host']),
    task: text(search['task']),
    set: text(search['set']),
    storage: text(search['storage']),
    object: text(search['object']),
    path: text(search['path']),
    target: text(search['target']),
    job: text(search['job']),
  })
}

export type RestoreSearch = ReturnType<typeof readRestoreSearch>
