import { useId } from 'react'

interface SelectProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly (readonly [value: Value, text: string])[]
  readonly onChange: (value: Value) => void
  readonly hint?: string
  /** In one line with the elements beside it; the label is available to screen readers only. */
  readonly isShort?: boolean
}

/** A choice of a few values. */
export function Select<Value extends string>({ label, value, options, onChange, hint, isShort = false }: SelectProps<Value>) {
  const id = useId()
  const select = (
    <select
      id={id}
      className={isShort ? 'input short' : 'input'}
      aria-label={isShort ? label : undefined}
      value={value}
      onChange={(event) => {
        const chosen = options.find(([it]) => it === event.target.value)
        if (chosen) onChange(chosen[0])
      }}
    >
      {options.map(([it, text]) => (
        <option key={it} value={it}>
          {text}
        </option>
      ))}
    </select>
  )
  if (isShort) return select
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {select}
      {hint !== undefined && <small>{hint}</small>}
    </div>
  )
}
