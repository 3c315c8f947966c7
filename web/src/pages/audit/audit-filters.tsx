import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { present } from '../../app/search.ts'
import { useMessages } from '../../i18n/language.tsx'
import { DayInput } from '../../ui/form/day-input.tsx'
import { Select } from '../../ui/form/select.tsx'
import { useTyped } from '../../ui/form/use-typed.ts'
import { type AuditSearch, isFiltered } from './audit-search.ts'

/** Filters by user, action and time. */
export function AuditFilters({ search }: { search: AuditSearch }) {
  const { audit, common } = useMessages()
  const navigate = useNavigate({ from: '/audit' })
  const set = (changed: { readonly [Key in keyof AuditSearch]: AuditSearch[Key] | undefined }) =>
    void navigate({ search: (now) => present({ ...now, ...changed }), replace: true })
  // The name may have been typed and not been applied: it is removed, too.
  const [clears, setClears] = useState(0)
  const clear = () => {
    set({ who: undefined, action: undefined, from: undefined, to: undefined })
    setClears((count) => count + 1)
  }
  const actions = Object.entries(audit.actions).toSorted(([, a], [, b]) => a.localeCompare(b))
  const isKnown = search.action === undefined || search.action in audit.actions
  return (
    <search className="filter-row">
      <Who key={clears} value={search.who ?? ''} onWho={(who) => set({ who: who === '' ? undefined : who })} />
      <Select
        label={audit.action}
        value={search.action ?? ''}
        onChange={(action) => set({ action: action === '' ? undefined : action })}
        options={[['', common.all], ...(isKnown ? [] : [[search.action ?? '', search.action ?? ''] as const]), ...actions]}
      />
      <DayInput className="field" label={audit.from} value={search.from ?? ''} onChange={(day) => set({ from: day === '' ? undefined : day })} />
      <DayInput className="field" label={audit.to} value={search.to ?? ''} onChange={(day) => set({ to: day === '' ? undefined : day })} />
      {isFiltered(search) && (
        <button type="button" className="button plain" onClick={clear}>
          {common.clear}
        </button>
      )}
    </search>
  )
}

/** Requires a complete name, and is therefore applied only when the input is complete. */
function Who({ value, onWho }: { value: string; onWho: (who: string) => void }) {
  const { audit } = useMessages()
  const { text, type, send } = useTyped(value, onWho)
  const done = () => send(text.trim())
  return (
    <label className="field">
      <span>{audit.who}</span>
      <input
        className="input"
        type="search"
        data-search
        value={text}
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => type(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === 'Enter' && done()}
      />
    </label>
  )
}
