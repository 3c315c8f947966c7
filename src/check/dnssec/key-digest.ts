import { createHash } from 'node:crypto'
import type { DnsAnswer } from './dig-answer.ts'

/** A key of a zone (RFC 4034, section 2). */
export interface ZoneKey {
  readonly tag: number
  readonly algorithm: number
  /** The owner's name and the data, in the form that is digested for the parent. */
  readonly bytes: Buffer
}

/** A DS record of a key at the parent (RFC 4034, section 5). */
export interface KeyDigest {
  readonly keyTag: number
  readonly algorithm: number
  readonly digestType: number
  /** In lower-case hex. */
  readonly digest: string
}

const ZONE_KEY_FLAG = 0x100

/** The parsable keys among the records. */
export function zoneKeysIn({ records }: DnsAnswer): readonly ZoneKey[] {
  return records.flatMap(({ owner, type, data }) => {
    const [flags, protocol, algorithm] = data.slice(0, 3).map(Number)
    const name = wireName(owner)
    if (type !== 'DNSKEY' || name === undefined || !isShort(flags) || !isByte(protocol) || !isByte(algorithm)) return []
    const head = Buffer.from([flags >> 8, flags & 255, protocol, algorithm])
    const rdata = Buffer.concat([head, Buffer.from(data.slice(3).join(''), 'base64')])
    return (flags & ZONE_KEY_FLAG) === 0 ? [] : [{ tag: keyTag(rdata), algorithm, bytes: Buffer.concat([name, rdata]) }]
  })
}

/** The parsable digests among the records. */
export function keyDigestsIn({ records }: DnsAnswer): readonly KeyDigest[] {
  return records.flatMap(({ type, data }) => {
    const [tag, algorithm, digestType] = data.slice(0, 3).map(Number)
    const digest = data.slice(3).join('').toLowerCase()
    if (type !== 'DS' || !isShort(tag) || !isByte(algorithm) || !isByte(digestType) || !/^[0-9a-f]+$/u.test(digest)) return []
    return [{ keyTag: tag, algorithm, digestType, digest }]
  })
}

// RFC 8624, section 3.3; 3 (GOST) is not used in practice.
const HASHES: Readonly<Record<number, string>> = { 1: 'sha1', 2: 'sha256', 4: 'sha384' }

/** Whether the digest of the parent belongs to this key. */
export function isDigestOf({ digestType, digest, keyTag: tag, algorithm }: KeyDigest, key: ZoneKey): boolean {
  const hash = HASHES[digestType]
  return hash !== undefined && tag === key.tag && algorithm === key.algorithm && createHash(hash).update(key.bytes).digest('hex') === digest
}

/** RFC 4034, appendix B. */
function keyTag(rdata: Buffer): number {
  let sum = 0
  for (const [index, byte] of rdata.entries()) sum += index % 2 === 0 ? byte << 8 : byte
  return (sum + (sum >> 16)) & 0xffff
}

/** RFC 1035, section 3.1, in lower case. Undefined for names with escapes, which the queried zones do not have. */
function wireName(name: string): Buffer | undefined {
  const labels = name === '.' ? [] : name.split('.')
  if (labels.some((label) => !/^[a-z0-9_-]{1,63}$/u.test(label))) return undefined
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])])
}

function isShort(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 0xffff
}

function isByte(value: number | undefined): value is number {
  return isShort(value) && value <= 0xff
}
