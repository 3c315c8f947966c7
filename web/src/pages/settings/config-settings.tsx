import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { request } from '../../api/client.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Loaded } from '../../ui/failure.tsx'
import { ConfigEditor } from './config-editor.tsx'
import { ConfigVersions } from './config-versions.tsx'

/** The configuration file and its earlier versions. */
export function ConfigSettings() {
  const { settings } = useMessages()
  const { version } = useSearch({ from: '/settings' })
  const config = useQuery({
    queryKey: ['readConfig', 'editor'] as const,
    queryFn: ({ signal }) => request('readConfig', { signal }),
  })
  return (
    <Loaded query={config}>
      {({ data, etag }) => (
        <div className="stack">
          {!data.isWritable && <p className="banner warn">{settings.notWritable}</p>}
          <ConfigEditor file={{ config: data, etag: etag ?? '' }} versionId={version} />
          <ConfigVersions shown={version} />
        </div>
      )}
    </Loaded>
  )
}
