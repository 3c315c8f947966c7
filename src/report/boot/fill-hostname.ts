import { ReportError } from '../report-error.ts'

/**
 * `{hostname}` in a subject or header by the host's name; `{{` and `}}` by braces. As in Python's format strings, of which old configurations are made, a
 * conversion and a width may follow the name: `{hostname!r:>20}`. Throws `report/template` for anything else in braces.
 */
export function fillHostname(text: string, hostname: string): string {
  return text.replaceAll(/\{\{|\}\}|\{(?<inside>[^{}]*)\}|[{}]/gu, (whole, inside: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole.charAt(0)
    const field = FIELD.exec(inside ?? '')
    if (field === null) throw unfillable(whole)
    const { conversion = 's', fill = ' ', align = '<', width = '0', precision } = field.groups ?? {}
    const value = conversion === 's' ? hostname : `'${hostname}'`
    return pad(value.slice(0, precision === undefined ? undefined : Number(precision)), { fill, align, width: Number(width) })
  })
}

const FIELD = /^hostname(?:!(?<conversion>[sra]))?(?::(?:(?<fill>.)?(?<align>[<>^]))?(?<width>[1-9]\d{0,2})?(?:\.(?<precision>\d{1,3}))?s?)?$/su

function pad(text: string, { fill, align, width }: { readonly fill: string; readonly align: string; readonly width: number }): string {
  if (align === '<') return text.padEnd(width, fill)
  if (align === '>') return text.padStart(width, fill)
  return text.padStart(text.length + Math.max(0, Math.floor((width - text.length) / 2)), fill).padEnd(width, fill)
}

function unfillable(what: string): ReportError {
  if (what === '{' || what === '}')
    return new ReportError('template', 'a single brace in the subject or header of the boot report', { hint: '{{ and }} give braces.' })
  return new ReportError('template', `nothing can stand for "${what}" in the subject or header of the boot report`, {
    hint: 'Only {hostname} is filled in; {{ and }} give braces.',
  })
}
