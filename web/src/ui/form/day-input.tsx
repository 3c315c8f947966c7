import { useTyped } from './use-typed.ts'

interface DayInputProps {
  readonly label: string
  readonly className: 'field' | 'row'
  /** A day of the calendar; empty: none. */
  readonly value: string
  /** Called for each day that the digits typed so far are. */
  readonly onChange: (day: string) => void
  readonly isRequired?: boolean
  readonly min?: string
  readonly max?: string
}

/** A day that is in the address, with its label. */
export function DayInput({ label, className, value, onChange, isRequired = false, ...bounds }: DayInputProps) {
  const { text, type, send } = useTyped(value, onChange)
  return (
    <label className={className}>
      <span className={className === 'row' ? 'muted' : ''}>{label}</span>
      <input
        className="input"
        type="date"
        value={text}
        {...bounds}
        onChange={({ target }) => (isRequired && target.value === '' ? type('') : send(target.value))}
        onBlur={() => text === '' && type(value)}
      />
    </label>
  )
}
