import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'
import { SetsIncomplete } from './sets-incomplete.tsx'
import type { SetsSearch } from './sets-search.ts'
import { SetsTable } from './sets-table.tsx'

/** The query for a list of sets. */
export function querySets({ host = 'local', task, storage }: SetsSearch) {
  return { host, ...(task === undefined ? {} : { task }), ...(storage === undefined ? {} : { storage }) }
}

/** The sets of a host on all storages, newest first, with their claims. */
export function SetList({ search }: { search: SetsSearch }) {
  const { sets, host: words } = useMessages()
  const list = usePages('listSets', { ...querySets(search), limit: 100 })
  const isFiltered = search.task !== undefined || search.storage !== undefined
  return (
    <Loaded query={list}>
      {({ first, rows, total }) => (
        <>
          <SetsIncomplete failures={first.failures} />
          {total === 0 && isFiltered && <p className="teach muted">{sets.noMatch}</p>}
          {total === 0 && !isFiltered && first.failures.length === 0 && (
            <section className="teach">
              <h2>{words.noSets}</h2>
              <p>{words.noSetsHint}</p>
              <Copy text="holdfast run" />
            </section>
          )}
          {total > 0 && (
            <div className="card">
              <SetsTable rows={rows} />
              <MoreButton pages={list} rest={total - rows.length} />
            </div>
          )}
        </>
      )}
    </Loaded>
  )
}
