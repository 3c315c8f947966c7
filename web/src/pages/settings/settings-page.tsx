import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { queryOf } from '../../api/queries.ts'
import { present } from '../../app/search.ts'
import { useMay } from '../../app/session.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { useTitle } from '../../ui/use-title.ts'
import { StoragesTab } from '../host/storages-tab.tsx'
import { ConfigSettings } from './config-settings.tsx'
import { Notifiers } from './notifiers.tsx'
import { SETTINGS_TABS } from './settings-search.ts'

/** Storages, notifiers and the configuration file. Secrets are never displayed. */
export function SettingsPage() {
  const { shell, settings, host } = useMessages()
  useTitle(shell.settings)
  const { tab = 'storages' } = useSearch({ from: '/settings' })
  const mayAdmin = useMay('admin')
  return (
    <>
      <div className="head">
        <h1>{shell.settings}</h1>
      </div>
      <nav className="tabs" aria-label={settings.tabsLabel}>
        {SETTINGS_TABS.map((it) => (
          <Link
            key={it}
            to="/settings"
            search={present({ tab: it === 'storages' ? undefined : it })}
            aria-current={it === tab ? 'page' : undefined}
            activeOptions={{ exact: true }}
            activeProps={{}}
          >
            {settings.tabs[it]}
          </Link>
        ))}
      </nav>
      {tab === 'storages' && <Storages />}
      {tab === 'notifiers' && <Notifiers />}
      {tab === 'configuration' && (mayAdmin ? <ConfigSettings /> : <p className="teach muted">{host.readOnly}</p>)}
    </>
  )
}

function Storages() {
  const own = useQuery(queryOf('readHost', { path: { host: 'local' } }))
  return <Loaded query={own}>{(data) => <StoragesTab host={data} />}</Loaded>
}
