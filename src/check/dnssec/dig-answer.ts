/** The answer of a resolver, as printed by dig(1). */
export interface DnsAnswer {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, … */
  readonly status: string
  /** AD: the resolver reports that it has validated the whole answer (RFC 4035, section 3.2.3). */
  readonly isValidated: boolean
  readonly records: readonly DnsRecord[]
  /** The reason given by the resolver (extended DNS errors, RFC 8914); untrusted text. */
  readonly trouble?: string
}

export interface DnsRecord {
  /** In lower case, without the last dot; the root is `.`. */
  readonly owner: string
  readonly type: string
  /** The words of its data, unchanged. */
  readonly data: readonly string[]
}

/** A signature over all records of one type and owner (RFC 4034, section 3). */
export interface Signature {
  readonly owner: string
  readonly covered: string
  readonly algorithm: number
  readonly inceptionMs: number
  readonly expirationMs: number
  readonly keyTag: number
  /** The zone that signed. */
  readonly zone: string
}

const MAX_RECORDS = 1000

/**
 * Parses the output of `dig +noall +comments +answer`; undefined if it contains no answer. All of it may come from a hostile server: lines of other
 * forms are skipped, and only the first header counts, which records cannot forge because it precedes them.
 */
export function parseDigAnswer(text: string): DnsAnswer | undefined {
  const status = /^;; ->>HEADER<<- opcode: QUERY, status: (?<status>[A-Z0-9]{1,16}), id: \d+$/mu.exec(text)
  const flags = /^;; flags: (?<flags>[a-z ]*);/mu.exec(text.slice(status?.index ?? 0))
  if (status?.groups === undefined || flags?.groups === undefined) return undefined
  const lines = text.slice(status.index).split('\n')
  const trouble = lines.find((line) => line.startsWith('; EDE: '))?.slice('; EDE: '.length)
  return {
    status: status.groups['status'] ?? '',
    isValidated: (flags.groups['flags'] ?? '').split(' ').includes('ad'),
    records: lines.flatMap(recordIn).slice(0, MAX_RECORDS),
    ...(trouble !== undefined && { trouble: trouble.trim().slice(0, 200) }),
  }
}

function recordIn(line: string): readonly DnsRecord[] {
  if (line === '' || line.startsWith(';')) return []
  const [owner = '', ttl = '', dnsClass, type = '', ...data] = line.split(/[\t ]+/u)
  return /^\d+$/u.test(ttl) && dnsClass === 'IN' && /^[A-Z][A-Z0-9-]*$/u.test(type) ? [{ owner: plainName(owner), type, data }] : []
}

/** In lower case, without the last dot; the root is `.`. */
function plainName(name: string): string {
  const lower = name.toLowerCase()
  return lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** The parsable signatures among the records. */
export function signaturesIn({ records }: DnsAnswer): readonly Signature[] {
  return records.flatMap(({ owner, type, data }) => {
    const [covered = '', algorithm, , , expiration = '', inception = '', keyTag, zone = ''] = data
    const [inceptionMs, expirationMs] = [timeOf(inception), timeOf(expiration)]
    if (type !== 'RRSIG' || inceptionMs === undefined || expirationMs === undefined) return []
    return [{ owner, covered, algorithm: Number(algorithm), inceptionMs, expirationMs, keyTag: Number(keyTag), zone: plainName(zone) }]
  })
}

/** `YYYYMMDDHHmmSS` in UTC (RFC 4034, section 3.2). */
function timeOf(text: string): number | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/u.exec(text) ?? []
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(ms) ? undefined : ms
}
