import { useQuery } from '@tanstack/react-query'
import type { Host } from '../../../../src/api/schema/hosts.ts'
import { queryOf } from '../../api/queries.ts'
import { useMay } from '../../app/session.tsx'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { State } from '../../ui/state.tsx'

/** The configuration file of the host, and the result of its check. */
export function ConfigTab({ host }: { host: Host }) {
  const { host: words } = useMessages()
  const mayRead = useMay('admin')
  if (host.id !== 'local') return <p className="teach muted">{words.onlyLocal}</p>
  if (!mayRead) return <p className="teach muted">{words.readOnly}</p>
  return <OwnConfig />
}

function OwnConfig() {
  const { host: words, states } = useMessages()
  const config = useQuery(queryOf('readConfig'))
  return (
    <Loaded query={config}>
      {({ file, dialect, modified, includes, issues, text }) => (
        <div className="stack">
          <section className="card">
            <div className="card-head">
              <h2>{words.issues}</h2>
            </div>
            <div className="card-body stack">
              {issues.length === 0 && <p>{words.noIssues}</p>}
              {issues.map((it) => (
                <div key={`${it.file} ${it.line} ${it.column} ${it.message}`}>
                  <p className="row">
                    <State state={it.severity === 'error' ? 'failed' : 'warning'}>{it.severity === 'error' ? states.failed : states.warning}</State>
                    <span className="any">{it.message}</span>
                  </p>
                  <p className="small muted any">
                    {it.file}
                    {it.line === null ? '' : `:${it.line}`} {it.hint}
                  </p>
                </div>
              ))}
            </div>
          </section>
          <section className="card">
            <dl className="facts card-body">
              <dt>{words.file}</dt>
              <dd className="mono">{file}</dd>
              <dt>{words.dialect}</dt>
              <dd>{dialect}</dd>
              <dt>{words.modified}</dt>
              <dd>
                <Time at={modified} absolute isStop />
              </dd>
              {includes.length > 0 && (
                <>
                  <dt>{words.includes}</dt>
                  <dd className="mono">{includes.join(', ')}</dd>
                </>
              )}
            </dl>
            <pre className="config-text" tabIndex={0}>
              {text}
            </pre>
          </section>
        </div>
      )}
    </Loaded>
  )
}
