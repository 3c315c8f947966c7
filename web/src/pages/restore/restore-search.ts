import { covering, type Search, text } from '../../app/search.ts'

/** The search parameters of a restore. `job`: the started restore. */
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

/** Changes the search part of the address; undefined removes a key. */
export type ChangeRestore = (changed: { readonly [Key in keyof RestoreSearch]: RestoreSearch[Key] | undefined }) => void
