import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import type { Storage } from '../../../../src/api/schema/storages.ts'
import { call } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { useMay } from '../../app/session.tsx'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure, Loaded } from '../../ui/failure.tsx'
import { State } from '../../ui/state.tsx'

/** The usage of the storages, and the forecast of when they are full. */
export function StoragesTab({ host }: { host: Host }) {
  const { host: words } = useMessages()
  const storages = useQuery(queryOf('listStorages', { query: { host: host.id, limit: 1000 } }))
  return (
    <Loaded query={storages}>
      {({ rows }) =>
        rows.length === 0 ? (
          <p className="teach muted">{words.noStorages}</p>
        ) : (
          <div className="columns">
            {rows.map((it) => (
              <StorageCard key={it.name} storage={it} />
            ))}
          </div>
        )
      }
    </Loaded>
  )
}

function StorageCard({ storage }: { storage: Storage }) {
  const { host: words, common } = useMessages()
  const { bytes } = useFormat()
  return (
    <section className="card" aria-label={storage.name}>
      <div className="card-head">
        <h2>{storage.name}</h2>
        <State state={storage.state} />
        <span className="grow mono muted clip" title={storage.location}>
          {storage.location}
        </span>
        <CheckButton storage={storage} />
      </div>
      <div className="card-body stack">
        {storage.reason !== null && (
          <p className="any">
            {storage.reason} <span className="muted">{storage.hint}</span>
          </p>
        )}
        <Space storage={storage} />
        <dl className="facts">
          <dt>{words.columns.sets}</dt>
          <dd>
            {storage.sets === null ? common.unknown : common.sets(storage.sets)}
            {storage.setBytes !== null && <span className="muted"> · {bytes(storage.setBytes)}</span>}
            {storage.newest !== null && (
              <span className="muted">
                {' · '}
                <Time at={storage.newest} isStop />
              </span>
            )}
          </dd>
          <dt>{words.columns.forecast}</dt>
          <dd>
            <Forecast storage={storage} />
          </dd>
          <dt>{words.columns.checked}</dt>
          <dd>{storage.checked === null ? common.never : <Time at={storage.checked} isStop />}</dd>
        </dl>
      </div>
    </section>
  )
}

function Space({ storage: { totalBytes, freeBytes, name } }: { storage: Storage }) {
  const { host: words } = useMessages()
  const { bytes } = useFormat()
  if (totalBytes === null || freeBytes === null || totalBytes === 0) return null
  const part = 1 - freeBytes / totalBytes
  const percent = Math.round(part * 100)
  const tone = part > 0.95 ? 'bad' : part > 0.85 ? 'warn' : ''
  return (
    <div>
      <div className="meter" role="meter" aria-valuenow={percent} aria-valuemin={0} aria-valuemax={100} aria-label={name}>
        <span className={tone} style={{ width: `${percent}%` }} />
      </div>
      <p className="small muted">
        {words.full(percent)} · {words.free(bytes(freeBytes))}
      </p>
    </div>
  )
}

function Forecast({ storage: { forecast, freeBytes } }: { storage: Storage }) {
  const { host: words, common } = useMessages()
  const { bytes, number } = useFormat()
  if (forecast === null) return <span className="muted">{common.unknown}</span>
  const growth = <span className="muted"> · {words.growth(bytes(Math.max(0, forecast.bytesPerDay)))}</span>
  if (forecast.fullInDays === null && freeBytes === null) return <>{words.growth(bytes(Math.max(0, forecast.bytesPerDay)))}</>
  if (forecast.fullInDays === null) {
    return (
      <>
        {words.notFilling} {growth}
      </>
    )
  }
  const range = forecast.range?.map((it) => (it === null ? '∞' : number(Math.round(it)))).join('–') ?? ''
  return (
    <>
      {words.fullIn(common.days(Math.round(forecast.fullInDays)), range)} {growth}
    </>
  )
}

function CheckButton({ storage }: { storage: Storage }) {
  const { host: words } = useMessages()
  const client = useQueryClient()
  const mayCheck = useMay('operator') && storage.host === 'local'
  const check = useMutation({
    mutationFn: () => call('checkStorage', { query: { name: storage.name } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['listStorages'] }),
  })
  if (!mayCheck) return null
  return (
    <>
      <button type="button" className="button small" onClick={() => check.mutate()} disabled={check.isPending}>
        {words.checkNow}
      </button>
      <ActionFailure error={check.error} />
    </>
  )
}
