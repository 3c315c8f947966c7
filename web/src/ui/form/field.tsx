import { useEffect, useId, useRef } from 'react'

interface FieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string
  readonly kind?: 'text' | 'password' | 'email' | 'date'
  readonly autoComplete?: string
  readonly isRequired?: boolean
  readonly isFixed?: boolean
  /** Has the focus when it is displayed. */
  readonly isFirst?: boolean
  readonly minLength?: number
}

/** An input with its label, and an explanation below it. */
export function Field({ label, value, onChange, hint, kind = 'text', ...more }: FieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => {
    if (more.isFirst) input.current?.focus()
  }, [more.isFirst])
  return (
    <label className="field">
      <span>{label}</span>
      <input
        ref={input}
        className="input"
        type={kind}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete={more.autoComplete ?? 'off'}
        autoCapitalize="none"
        spellCheck={false}
        required={more.isRequired ?? false}
        readOnly={more.isFixed ?? false}
        minLength={more.minLength}
        aria-describedby={hint === undefined ? undefined : id}
      />
      {hint !== undefined && <small id={id}>{hint}</small>}
    </label>
  )
}
