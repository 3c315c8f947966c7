import type { BackupSet } from '../../../../src/api/schema/sets.ts'
import { useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Copy } from '../../ui/copy.tsx'

/** The details of an object in the manifest. */
export function ObjectFacts({ object }: { object: BackupSet['contains'][number] }) {
  const { set: words, host } = useMessages()
  const { bytes, number } = useFormat()
  return (
    <section className="card object-facts">
      <dl className="facts card-body">
        <dt>{host.columns.size}</dt>
        <dd>
          {bytes(object.bytes)} <span className="muted">({number(object.bytes)})</span>
        </dd>
        {object.kind !== null && (
          <>
            <dt>{words.kind}</dt>
            <dd>{object.kind}</dd>
          </>
        )}
        {object.programs.length > 0 && (
          <>
            <dt>{words.madeBy}</dt>
            <dd className="mono">{object.programs.join(' | ')}</dd>
          </>
        )}
        {Object.entries(object.facts).map(([key, value]) => (
          <div key={key} className="fact">
            <dt>{key}</dt>
            <dd>{typeof value === 'number' ? number(value) : value}</dd>
          </div>
        ))}
        <dt>{words.digest}</dt>
        <dd>
          <Copy text={object.sha256} label={words.digest} />
        </dd>
      </dl>
    </section>
  )
}
