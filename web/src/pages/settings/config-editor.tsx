import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { Config, ConfigIssue } from '../../../../src/api/schema/config.ts'
import { request } from '../../api/client.ts'
import { queryOf } from '../../api/queries.ts'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { ActionFailure } from '../../ui/failure.tsx'
import { CodeArea, goToLine } from './code-area.tsx'
import { Difference } from './difference.tsx'
import { Issues } from './issues.tsx'
import { type ReadFile, useEditedText } from './use-edited-text.ts'

interface EditorProps {
  readonly file: ReadFile
  /** An earlier version to be displayed, and possibly restored. */
  readonly versionId: string | undefined
}

/** The text of the file: its errors during typing, and its changes before it is written. */
export function ConfigEditor({ file, versionId }: EditorProps) {
  const { settings, host } = useMessages()
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/settings' })
  const edited = useEditedText(file)
  const { base, text, setText, isChanged, isOutdated } = edited
  const { config } = base
  const area = useRef<HTMLTextAreaElement>(null)
  const check = useCheck(text, config)
  const save = useMutation({
    mutationFn: (sent: string) => request('writeConfig', { body: { text: sent }, ifMatch: base.etag }),
    onSuccess: (reply, sent) => {
      edited.written(sent, { config: reply.data, etag: reply.etag ?? '' })
      client.setQueryData(['readConfig', 'editor'], reply)
      void client.invalidateQueries({ queryKey: ['listConfigVersions'] })
    },
    // The file can have been changed by another user or program, of which no event was sent.
    onError: () => void client.invalidateQueries({ queryKey: ['readConfig', 'editor'] }),
  })
  useWarning(isChanged)
  const bring = (earlier: string) => {
    setText(earlier)
    void navigate({ search: { tab: 'configuration' } })
    area.current?.focus()
  }
  return (
    <>
      {versionId !== undefined && <Earlier id={versionId} now={config.text} onBring={bring} />}
      <section className="card">
        <div className="card-head">
          <h2 className="mono any grow">{config.file}</h2>
          <span className="tag">{config.dialect}</span>
          <span className="muted small">
            {host.modified} <Time at={config.modified} isStop />
          </span>
        </div>
        <CodeArea text={text} onChange={setText} issues={check.issues} area={area} isFixed={!config.isWritable} label={config.file} />
        <div className="card-body stack">
          <Issues issues={check.issues} isChecking={check.isChecking} onGo={(line) => goToLine(area.current, line)} />
          <ActionFailure error={check.error} />
          {config.includes.length > 0 && (
            <p className="small muted any">
              {host.includes}: {config.includes.join(', ')}
            </p>
          )}
          {isOutdated && (
            <div className="banner warn" role="status">
              <span className="any">{settings.outdated}</span>
              <button type="button" className="button small" onClick={() => edited.rebase(file)}>
                {settings.rebase}
              </button>
            </div>
          )}
          {isChanged && <Difference before={config.text} after={text} />}
          <ActionFailure error={save.error} />
          {config.isWritable && (
            <div className="row">
              <button
                type="button"
                className="button primary"
                onClick={() => save.mutate(text)}
                disabled={!isChanged || isOutdated || !check.isUsable || save.isPending}
              >
                {settings.write}
              </button>
              <button type="button" className="button" onClick={() => setText(config.text)} disabled={!isChanged}>
                {settings.discard}
              </button>
              <button
                type="button"
                className="button plain"
                onClick={() => void client.invalidateQueries({ queryKey: ['readConfig', 'editor'] })}
                disabled={isChanged}
              >
                {settings.reload}
              </button>
              <span className="muted small" role="status">
                {save.isSuccess && !isChanged ? settings.written : ''}
                {isChanged && !isOutdated && check.isUsable ? settings.ready : ''}
              </span>
            </div>
          )}
          <p className="small muted">{settings.secrets}</p>
        </div>
      </section>
    </>
  )
}

interface Checked {
  readonly issues: readonly ConfigIssue[]
  readonly isUsable: boolean
  readonly isChecking: boolean
  readonly error: unknown
}

const WAIT_MS = 600

/** The server's check of the text, shortly after the last key press; the result for the file itself is already available. */
function useCheck(text: string, config: Config): Checked {
  const [checkedText, setCheckedText] = useState(config.text)
  useEffect(() => {
    const timer = setTimeout(() => setCheckedText(text), WAIT_MS)
    return () => clearTimeout(timer)
  }, [text])
  const isOwn = checkedText === config.text
  const check = useQuery({ ...queryOf('checkConfig', { body: { text: checkedText } }), enabled: !isOwn, gcTime: 0 })
  const isChecking = checkedText !== text || (!isOwn && check.isFetching)
  if (isOwn) return { issues: config.issues, isUsable: false, isChecking, error: null }
  return { issues: check.data?.issues ?? [], isUsable: check.data?.isUsable === true && !isChecking, isChecking, error: check.error }
}

/** The browser asks for confirmation before input is lost. */
function useWarning(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [isChanged])
}

/** The difference to an earlier version, and the option to restore it as a text that is checked and written like any other. */
function Earlier({ id, now, onBring }: { id: string; now: string; onBring: (text: string) => void }) {
  const { settings, common } = useMessages()
  const version = useQuery(queryOf('readConfigVersion', { path: { version: id } }))
  return (
    <section className="card" aria-label={settings.earlier}>
      <div className="card-head">
        <h2 className="grow any">
          {settings.compared} {version.data && <Time at={version.data.at} absolute />}
        </h2>
        {version.data && (
          <button type="button" className="button small" onClick={() => onBring(version.data.text)} disabled={version.data.text === now}>
            {settings.bring}
          </button>
        )}
      </div>
      <div className="card-body">
        <ActionFailure error={version.error} />
        {version.data && <Difference before={now} after={version.data.text} />}
        {version.data === undefined && version.error === null && <span className="muted">{common.loading}</span>}
      </div>
    </section>
  )
}
