export interface FieldForm {
  readonly min: number
  readonly max: number
  /** Three letters each, in lower case, for the numbers from `min` on. */
  readonly names?: readonly string[]
  /** What stands between the ends of a range: `-` or `..`. */
  readonly range: string
  /** What `5/10` means: from 5 on (systemd), or nothing that cron knows. */
  readonly openSteps?: boolean
}

/** The numbers of a field such as `*`, `1,15`, `2-6/2`, `mon-fri`; undefined for what is none. */
export function numbersOf(field: string, form: FieldForm): ReadonlySet<number> | undefined {
  const found = new Set<number>()
  for (const part of field.split(',')) {
    const span = spanOf(part, form)
    if (span === undefined) return undefined
    for (let it = span.first; it <= span.last; it += span.step) found.add(it)
  }
  return found
}

function spanOf(part: string, form: FieldForm): { readonly first: number; readonly last: number; readonly step: number } | undefined {
  const [range = '', stepText, ...more] = part.split('/')
  const step = stepText === undefined ? 1 : numberOf(stepText, { ...form, min: 1, max: 1000, names: [] })
  if (more.length > 0 || step === undefined) return undefined
  if (range === '*') return { first: form.min, last: form.max, step }
  const [from = '', to, ...others] = range.split(form.range)
  const first = numberOf(from, form)
  const last = to === undefined ? openEnd(first, { form, isStepped: stepText !== undefined }) : numberOf(to, form)
  return others.length > 0 || first === undefined || last === undefined || last < first ? undefined : { first, last, step }
}

function openEnd(first: number | undefined, { form, isStepped }: { readonly form: FieldForm; readonly isStepped: boolean }): number | undefined {
  return isStepped && form.openSteps === true ? form.max : first
}

function numberOf(word: string, { min, max, names = [] }: FieldForm): number | undefined {
  const named = names.indexOf(word.toLowerCase().slice(0, 3))
  const value = named >= 0 ? named + min : /^\d{1,4}$/u.test(word) ? Number(word) : Number.NaN
  return value >= min && value <= max ? value : undefined
}
