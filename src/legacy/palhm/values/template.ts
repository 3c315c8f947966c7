import type { Report, SourceLocation } from '../../../document/report.ts'
import { quoted } from '../../../lib/quoted.ts'

/**
 * Warns of placeholders in a subject or header that cannot be replaced when the report is made. Only a warning: the rest of the configuration works.
 * The syntax is that of Python's `str.format` with the single name `hostname`; `{{` and `}}` are literal braces.
 */
export function checkTemplate(text: string, spot: SourceLocation, report: Report): void {
  const bare = text.replaceAll('{{', '').replaceAll('}}', '')
  for (const [, field = ''] of bare.matchAll(/\{([^{}]*)\}/gu)) {
    if (!/^hostname(?:\[\d+\])?(?:[!:]|$)/u.test(field))
      report.warn(
        spot,
        `unknown placeholder ${quoted(`{${field}}`)}: the report will fail`,
        'Only {hostname} is supported; write {{ and }} for braces.',
      )
  }
  if (/[{}]/u.test(bare.replaceAll(/\{[^{}]*\}/gu, ''))) report.warn(spot, 'unmatched brace: the report will fail', 'Write {{ and }} for braces.')
}
