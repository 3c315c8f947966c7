import { Link } from '@tanstack/react-router'
import { Time, useFormat } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { usePages } from '../../ui/use-pages.ts'

/** The earlier versions of the file; each can be compared with the current one. */
export function ConfigVersions({ shown }: { shown: string | undefined }) {
  const { settings, audit } = useMessages()
  const { bytes } = useFormat()
  const list = usePages('listConfigVersions', { limit: 50 })
  return (
    <section className="card">
      <div className="card-head">
        <h2>{settings.earlier}</h2>
      </div>
      <Loaded query={list} rows={2}>
        {({ rows, total }) =>
          total === 0 ? (
            <p className="card-body muted">{settings.noVersions}</p>
          ) : (
            <>
              <ul className="versions">
                {rows.map((it) => (
                  <li key={it.id} className="row">
                    <Link
                      to="/settings"
                      search={{ tab: 'configuration', version: it.id }}
                      aria-current={it.id === shown}
                      activeOptions={{ exact: true }}
                      activeProps={{}}
                      data-row
                    >
                      {settings.until} <Time at={it.at} absolute />
                    </Link>
                    <span className="muted small">
                      <Time at={it.at} /> · {bytes(it.bytes)}
                      {it.by !== null && ` · ${settings.replacedBy(it.by)}${it.via === null ? '' : ` (${audit.via[it.via]})`}`}
                      {it.isEditedOutside === true && ` · ${settings.editedOutside}`}
                    </span>
                  </li>
                ))}
              </ul>
              <MoreButton pages={list} rest={total - rows.length} />
            </>
          )
        }
      </Loaded>
    </section>
  )
}
