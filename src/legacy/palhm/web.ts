import type { Report } from '../../document/issue-report.ts'
import { describeKind } from '../../document/json/node.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { isNetwork } from '../../lib/networks.ts'
import { quoted } from '../../lib/quoted.ts'
import { auditSpec, DEFAULT_WEB, type WebSpec } from '../../plan/web.ts'
import { WEB_KEYS } from './keys.ts'
import { openFields } from './values/fields.ts'
import { listOf, nameOf, type Value } from './values/value.ts'

const PORT: Range = { what: 'a port from 1 to 65535', least: 1, most: 65_535 }

/** Compiles `web`, which PALHM did not have, written in one or several files: later ones win. */
export function compileWeb(parts: readonly Value[], report: Report): WebSpec | undefined {
  const fields = openFields(parts, WEB_KEYS, { report })
  if (!fields) return undefined
  const text = (key: keyof typeof WEB_KEYS) => {
    const found = fields.get(key)
    return found && nameOf(found, report)
  }
  const texts = (key: keyof typeof WEB_KEYS, isGood: (word: string) => boolean = () => true) => {
    const found = fields.get(key)
    const words = found ? (listOf(found, report) ?? []).flatMap((item) => nameOf(item, report) ?? []) : []
    for (const word of words)
      if (found && !isGood(word))
        report.error(found, `invalid address or network ${quoted(word)}`, 'Write an address such as 192.0.2.7, or a network such as 10.0.0.0/8.')
    return words
  }
  const whole = (key: keyof typeof WEB_KEYS, range: Range) => readWhole(fields.get(key), range, report)
  const [host, certificate, key, port] = [text('host'), text('certificate'), text('certificate-key'), whole('port', PORT)]
  if ((certificate === undefined) !== (key === undefined))
    report.error(fields.value, 'expected both "certificate" and "certificate-key", or neither', 'Add the missing one.')
  const apiPort = whole('api-port', PORT)
  const days = whole('audit-keep-days', { what: 'a number of at least 1', least: 1 })
  const lines = whole('audit-keep-lines', { what: 'a number of at least 1000', least: 1000 })
  const basePath = (text('base-path') ?? '').replace(/\/$/u, '')
  if (!/^(?:\/[\w.~-]+)*$/u.test(basePath)) report.error(fields.value, `invalid path ${quoted(basePath)}`, 'Write a path such as /holdfast.')
  return {
    ...DEFAULT_WEB,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(apiPort !== undefined && { apiPort }),
    ...(certificate !== undefined && key !== undefined && { tls: { certificate, key } }),
    basePath,
    names: texts('names'),
    trustedProxies: texts('trusted-proxies', isNetwork),
    allow: texts('allow', isNetwork),
    ...auditSpec(days && days * DAY_MS, lines),
  }
}

interface Range {
  readonly least: number
  readonly most?: number
  readonly what: string
}

function readWhole(value: Value | undefined, { what, least, most = Number.MAX_SAFE_INTEGER }: Range, report: Report): number | undefined {
  if (!value) return undefined
  const found = value.node.kind === 'number' && /^\d+$/u.test(value.node.text) ? Number(value.node.text) : -1
  if (found >= least && found <= most) return found
  return report.error(value, `expected ${what}, found ${value.node.kind === 'number' ? value.node.text : describeKind(value.node)}`)
}
