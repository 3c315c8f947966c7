import { Link } from '@tanstack/react-router'
import type { AuditLine } from '../../../../src/api/schema/audit.ts'
import { Time } from '../../format/format.tsx'
import { useMessages } from '../../i18n/language.tsx'
import { Icon } from '../../ui/icons.tsx'

export function AuditRow({ line }: { line: AuditLine }) {
  const { audit } = useMessages()
  const actions: Readonly<Record<string, string>> = audit.actions
  return (
    <tr>
      <td data-label={audit.at}>
        <Time at={line.at} absolute />
      </td>
      <td data-label={audit.who}>
        <span className="any">
          {line.who === '' ? (
            <span className="muted">{audit.nobody}</span>
          ) : (
            <Link from="/audit" to="/audit" search={(now) => ({ ...now, who: line.who })} data-row>
              {line.who}
            </Link>
          )}
          <span className="small muted block">{[audit.via[line.via], line.address].filter((it) => it !== '').join(', ')}</span>
        </span>
      </td>
      <td data-label={audit.action}>{actions[line.action] ?? line.action}</td>
      <td data-label={audit.target} className="any">
        {line.target}
      </td>
      <td data-label={audit.outcome}>
        <Outcome outcome={line.outcome} />
      </td>
      <td data-label={audit.changed} className="any">
        <Changes line={line} />
      </td>
    </tr>
  )
}

function Outcome({ outcome }: { outcome: AuditLine['outcome'] }) {
  const { audit } = useMessages()
  const [tone, icon] =
    outcome === 'done' || outcome === 'begun'
      ? (['good', 'ok'] as const)
      : outcome === 'refused'
        ? (['warn', 'warning'] as const)
        : (['bad', 'failed'] as const)
  return (
    <span className={`state ${tone}`}>
      <Icon name={icon} />
      <span>{audit.outcomes[outcome]}</span>
    </span>
  )
}

/** `role: viewer → operator`, one per line. */
function Changes({ line: { before, after } }: { line: AuditLine }) {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (it) => (shown(before?.[it]) ?? shown(after?.[it])) !== undefined,
  )
  if (keys.length === 0) return null
  return (
    <ul className="small" translate="no">
      {keys.map((key) => {
        const [was, is] = [shown(before?.[key]), shown(after?.[key])]
        return (
          <li key={key}>
            <span className="muted">{key}: </span>
            {was !== undefined && <del>{was}</del>}
            {was !== undefined && is !== undefined && ' → '}
            {is}
          </li>
        )
      })}
    </ul>
  )
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === '' || value === null) return undefined
  if (Array.isArray(value)) return value.map((it) => shown(it)).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
