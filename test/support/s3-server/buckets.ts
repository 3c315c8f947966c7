import { createHash, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Quirks } from './exchange.ts'
import { noSuchKey, S3Refusal } from './refusal.ts'

/** What is kept beside an object's bytes. */
export interface Properties {
  readonly storageClass: string
  readonly lockMode?: string | undefined
  readonly lockUntil?: string | undefined
  readonly encryption?: string | undefined
  readonly tagging?: string | undefined
}

export interface KeptObject {
  readonly bytes: Buffer
  readonly etag: string
  /** Base64; that of an object in parts ends in their number. */
  readonly crc32?: string | undefined
  readonly properties: Properties
  readonly modified: Date
}

interface Part {
  readonly bytes: Buffer
  readonly etag: string
  readonly crc32: string
}

export interface OpenUpload {
  readonly id: string
  readonly key: string
  readonly properties: Properties
  readonly checksCrc32: boolean
  readonly parts: Map<number, Part>
  readonly begun: Date
}

export interface Bucket {
  readonly objects: Map<string, KeptObject>
  readonly uploads: Map<string, OpenUpload>
  /** Versions that a lock keeps although they were removed or replaced. */
  readonly hidden: { readonly key: string; readonly object: KeptObject }[]
}

export function newBucket(): Bucket {
  return { objects: new Map(), uploads: new Map(), hidden: [] }
}

export function crc32Of(bytes: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

interface Keeping {
  readonly versions?: boolean
}

export function keep(bucket: Bucket, key: string, object: Omit<KeptObject, 'modified'>, keeping: Keeping = {}): void {
  hide(bucket, key, keeping)
  bucket.objects.set(key, { ...object, modified: new Date() })
}

export function removeObject(bucket: Bucket, key: string, keeping: Keeping = {}): void {
  hide(bucket, key, keeping)
  bucket.objects.delete(key)
}

function hide(bucket: Bucket, key: string, { versions = false }: Keeping): void {
  const object = bucket.objects.get(key)
  if (object !== undefined && (versions || object.properties.lockMode !== undefined)) bucket.hidden.push({ key, object })
}

export function objectOf(bucket: Bucket, key: string): KeptObject {
  const object = bucket.objects.get(key)
  if (object === undefined) throw noSuchKey()
  return object
}

export function beginUpload(bucket: Bucket, upload: Omit<OpenUpload, 'id' | 'parts' | 'begun'>): OpenUpload {
  const begun = { ...upload, id: randomUUID(), parts: new Map(), begun: new Date() }
  bucket.uploads.set(begun.id, begun)
  return begun
}

export function uploadOf(bucket: Bucket, key: string, id: string): OpenUpload {
  const upload = bucket.uploads.get(id)
  if (upload?.key !== key) throw new S3Refusal(404, 'NoSuchUpload', 'There is no such upload.')
  return upload
}

export function addPart(upload: OpenUpload, { number, most }: { readonly number: number; readonly most: number }, bytes: Buffer): Part {
  if (!(number >= 1 && number <= most)) throw new S3Refusal(400, 'InvalidArgument', `Part number must be an integer between 1 and ${most}, inclusive`)
  const part = { bytes, etag: md5Of(bytes), crc32: crc32Of(bytes) }
  upload.parts.set(number, part)
  return part
}

export interface NamedPart {
  readonly number: number
  readonly etag: string
  readonly crc32?: string | undefined
}

/** Makes an object of the parts named; the others are thrown away. */
export function completeUpload(
  bucket: Bucket,
  upload: OpenUpload,
  { parts, minPartBytes, equalParts, versions }: { readonly parts: readonly NamedPart[] } & Pick<Quirks, 'minPartBytes' | 'equalParts' | 'versions'>,
): KeptObject {
  const chosen = parts.map(({ number, etag, crc32: sum }, index) => {
    const part = upload.parts.get(number)
    if (part === undefined || part.etag !== etag) throw new S3Refusal(400, 'InvalidPart', `There is no such part ${number}.`)
    if (upload.checksCrc32 && sum !== part.crc32) throw new S3Refusal(400, 'InvalidPart', `The sum of part ${number} is another one.`)
    if (number <= (parts[index - 1]?.number ?? 0)) throw new S3Refusal(400, 'InvalidPartOrder', 'The parts are not in their order.')
    if (index < parts.length - 1 && part.bytes.length < minPartBytes) throw new S3Refusal(400, 'EntityTooSmall', `Part ${number} is too small.`)
    return part
  })
  if (equalParts && chosen.some((part, index) => part.bytes.length !== chosen[0]?.bytes.length && index < chosen.length - 1))
    throw new S3Refusal(400, 'InvalidPart', 'All non-trailing parts must have the same length.')
  if (chosen.length === 0) throw new S3Refusal(400, 'MalformedXML', 'No parts are named.')
  const etag = `${md5Of(Buffer.concat(chosen.map((part) => Buffer.from(part.etag, 'hex'))))}-${chosen.length}`
  const sum = upload.checksCrc32 ? `${crc32Of(Buffer.concat(chosen.map((part) => Buffer.from(part.crc32, 'base64'))))}-${chosen.length}` : undefined
  keep(bucket, upload.key, { bytes: Buffer.concat(chosen.map(({ bytes }) => bytes)), etag, crc32: sum, properties: upload.properties }, { versions })
  bucket.uploads.delete(upload.id)
  return objectOf(bucket, upload.key)
}
