import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { Select } from '../../ui/form/select.tsx'
import { type AuditSearch, isFiltered } from './audit-search.ts'

/** Filters by user, action and time. */
export function AuditFilters({ search }: { search: AuditSearch }) {
  const { audit, common } = useMessages()
  const navigate = useNavigate({ from: '/audit' })
  const set = (changed: { readonly [Key in keyof AuditSearch]: AuditSearch[Key] | undefined }) =>
    void navigate({ search: (now) => present({ ...now, ...changed }), replace: true })
  const actions = Object.entries(audit.actions).toSorted(([, a], [, b]) => a.localeCompare(b))
  const isKnown = search.action === undefined || search.action in audit.actions
  return (
    <search className="filter-row">
      <Who key={search.who ?? ''} value={search.who ?? ''} onWho={(who) => set({ who: who === '' ? undefined : who })} />
      <Select
        label={audit.action}
        value={search.action ?? ''}
        onChange={(action) => set({ action: action === '' ? undefined : action })}
        options={[['', common.all], ...(isKnown ? [] : [[search.action ?? '', search.action ?? ''] as const]), ...actions]}
      />
      <Day label={audit.from} value={search.from} onChange={(from) => set({ from })} />
      <Day label={audit.to} value={search.to} onChange={(to) => set({ to })} />
      {isFiltered(search) && (
        <button type="button" className="button plain" onClick={() => set({ who: undefined, action: undefined, from: undefined, to: undefined })}>
          {common.clear}
        </button>
      )}
    </search>
  )
}

/** Requires a complete name, and is therefore applied only when the input is complete. */
function Who({ value, onWho }: { value: string; onWho: (who: string) => void }) {
  const { audit } = useMessages()
  const [typed, setTyped] = useState(value)
  const done = () => typed.trim() !== value && onWho(typed.trim())
  return (
    <label className="field">
      <span>{audit.who}</span>
      <input
        className="input"
        type="search"
        data-search
        value={typed}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === 'Enter' && done()}
      />
    </label>
  )
}

interface DayProps {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (day: string | undefined) => void
}

function Day({ label, value, onChange }: DayProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <input
        className="input"
        type="date"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
      />
    </label>
  )
}
