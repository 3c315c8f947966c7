import { ReportError } from '../report-error.ts'

/**
 * `{hostname}` in a subject or header by the host's name; `{{` and `}}` by braces. As in Python's format strings, of which old configurations are made, the
 * number of a character, a conversion and a width may follow the name: `{hostname[0]}`, `{hostname!r:>20}`. Throws `report/template` for anything else in braces.
 */
export function fillHostname(text: string, hostname: string): string {
  return text.replaceAll(/\{\{|\}\}|\{(?<inside>[^{}]*)\}|[{}]/gu, (whole, inside: string | undefined) => {
    if (whole === '{{' || whole === '}}') return whole.charAt(0)
    const field = FIELD.exec(inside ?? '')
    const { index, conversion = 's', zero, fill = zero ?? ' ', align = '<', width = '0', precision } = field?.groups ?? {}
    const part = index === undefined ? hostname : [...hostname][Number(index)]
    if (field === null || part === undefined) throw unfillable(whole)
    const value = conversion === 's' ? part : `'${part}'`
    return pad(value.slice(0, precision === undefined ? undefined : Number(precision)), { fill, align, width: Number(width) })
  })
}

const FIELD =
  /^hostname(?:\[(?<index>\d+)\])?(?:!(?<conversion>[sra]))?(?::(?:(?<fill>.)?(?<align>[<>^]))?(?<zero>0)?(?<width>[1-9]\d{0,2})?(?:\.(?<precision>\d{1,3}))?s?)?$/su

function pad(text: string, { fill, align, width }: { readonly fill: string; readonly align: string; readonly width: number }): string {
  if (align === '<') return text.padEnd(width, fill)
  if (align === '>') return text.padStart(width, fill)
  return text.padStart(text.length + Math.max(0, Math.floor((width - text.length) / 2)), fill).padEnd(width, fill)
}

function unfillable(what: string): ReportError {
  if (what === '{' || what === '}')
    return new ReportError('template', 'unmatched brace in the subject or header of the boot report', { hint: 'Write {{ and }} for braces.' })
  return new ReportError('template', `unknown placeholder "${what}" in the subject or header of the boot report`, {
    hint: 'Only {hostname} is supported; write {{ and }} for braces.',
  })
}
