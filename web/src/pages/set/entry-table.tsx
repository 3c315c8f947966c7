import { Link, useSearch } from '@tanstack/react-router'
import type { BackupSet, SetEntry } from '../../../../src/api/schema/sets.ts'
import { present } from '../../app/search.ts'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'

export function EntryTable({ rows, set }: { rows: readonly SetEntry[]; set: BackupSet }) {
  const { set: words, host, restore } = useMessages()
  return (
    <table className="list cards" aria-label={words.tabs.contents}>
      <thead>
        <tr>
          <th>{words.name}</th>
          <th>{words.kind}</th>
          <th className="right">{host.columns.size}</th>
          <th>{words.modified}</th>
          <th>
            <span className="unseen">{restore.title}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((it) => (
          <EntryRow key={`${it.object} ${it.path} ${it.kind} ${it.modified}`} entry={it} set={set} />
        ))}
      </tbody>
    </table>
  )
}

function EntryRow({ entry, set }: { entry: SetEntry; set: BackupSet }) {
  const { set: words, host: hostWords } = useMessages()
  const { bytes } = useFormat()
  return (
    <tr>
      <td data-label={words.name} className="any mono">
        <EntryName entry={entry} />
      </td>
      <td data-label={words.kind}>
        <EntryKind entry={entry} set={set} />
      </td>
      <td data-label={hostWords.columns.size} className="right nowrap">
        {entry.bytes === null ? '' : bytes(entry.bytes)}
      </td>
      <td data-label={words.modified}>{entry.modified !== null && <Time at={entry.modified} absolute />}</td>
      <td className="acts">
        <GetBack entry={entry} set={set} />
      </td>
    </tr>
  )
}

export function EntryKind({ entry, set }: { entry: SetEntry; set: BackupSet }) {
  const { set: words } = useMessages()
  const object = set.contains.find((it) => it.path === entry.object)
  return (
    <>
      {entry.path === null && object?.kind ? object.kind : words.kinds[entry.kind]}
      {entry.rows !== null && <span className="muted"> · {words.rows(entry.rows)}</span>}
    </>
  )
}

/** A link to the restore of this entry; of one inside a dump, to that of the dump. */
export function GetBack({ entry, set }: { entry: SetEntry; set: BackupSet }) {
  const { restore } = useMessages()
  const { host, storage } = useSearch({ from: '/set' })
  const object = set.contains.find((it) => it.path === entry.object)
  return (
    <Link
      to="/restore"
      search={present({ host, storage, task: set.task, set: set.name, object: entry.object, path: (object?.isTar && entry.path) || undefined })}
      className="button small"
    >
      {restore.short}
      <span className="unseen"> {entry.path ?? entry.object}</span>
    </Link>
  )
}

/** Objects and folders link to their contents. */
export function EntryName({ entry: { object, path, kind, target } }: { entry: SetEntry }) {
  const search = useSearch({ from: '/set' })
  const isWhole = search.q !== undefined || kind === 'entry'
  const isFolder = kind === 'folder' || kind === 'database'
  const name = path === null ? object : isWhole ? path : (path.replace(/\/$/u, '').split('/').at(-1) ?? path)
  if (path !== null && !isFolder)
    return (
      <>
        {name}
        {target !== null && <span className="muted"> → {target}</span>}
      </>
    )
  return (
    <Link to="/set" search={present({ ...search, q: undefined, object, folder: path ?? undefined })} data-row>
      {name}
      {isFolder && '/'}
    </Link>
  )
}
