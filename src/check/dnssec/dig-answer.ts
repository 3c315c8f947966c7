/** What a resolver answered, as dig(1) prints it. */
export interface DnsAnswer {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, … */
  readonly status: string
  /** AD: the resolver says that it has validated all of the answer (RFC 4035, section 3.2.3). */
  readonly isValidated: boolean
  readonly records: readonly DnsRecord[]
  /** What the resolver says of its trouble (extended DNS errors, RFC 8914); a foreign text. */
  readonly trouble?: string
}

export interface DnsRecord {
  /** In lower case, without the last dot; the root is `.`. */
  readonly owner: string
  readonly type: string
  /** The words of its data, as they stand. */
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
 * Reads what `dig +noall +comments +answer` prints; undefined where there is no answer in it. Everything in it may come from a hostile server: what is not of
 * the form is passed over, and only the first header counts, which no record can forge, since it stands before them.
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

/** The signatures among the records that can be read. */
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
