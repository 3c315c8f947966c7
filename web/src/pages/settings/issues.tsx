import type { ConfigIssue } from '../../../../src/api/schema/config.ts'
import { useMessages } from '../../i18n/language.tsx'
import { State } from '../../ui/state.tsx'

interface IssuesProps {
  readonly issues: readonly ConfigIssue[]
  readonly isChecking: boolean
  readonly onGo: (line: number) => void
}

/** The issues found by the check; each links to its line. */
export function Issues({ issues, isChecking, onGo }: IssuesProps) {
  const { settings, host } = useMessages()
  return (
    <div role="status">
      {isChecking && <p className="muted small">{settings.checking}</p>}
      {!isChecking && issues.length === 0 && <State state="ok">{host.noIssues}</State>}
      <ul className="issues">
        {issues.map((it) => (
          <li key={`${it.line} ${it.column} ${it.message}`}>
            <State state={it.severity === 'error' ? 'failed' : 'warning'}>{settings.severities[it.severity]}</State>{' '}
            {it.line !== null && (
              <button type="button" className="button small" onClick={() => onGo(it.line ?? 1)}>
                {settings.line(it.line)}
              </button>
            )}{' '}
            <span className="any">
              {it.message} <span className="muted">{it.hint}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
