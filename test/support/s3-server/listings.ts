import { md5Of, removeObject } from './buckets.ts'
import type { Answer, Asked, Quirks } from './exchange.ts'
import { S3Refusal } from './refusal.ts'
import { insidesOf, renderXml, textsOf } from './xml.ts'

/** What the server does with a bucket as a whole. */
export const BUCKET_OPERATIONS: readonly { readonly method: string; readonly query?: string; readonly run: (asked: Asked) => Answer }[] = [
  { method: 'GET', query: 'uploads', run: listUploads },
  { method: 'GET', query: 'location', run: () => ({ body: renderXml('LocationConstraint', '') }) },
  { method: 'GET', run: listObjects },
  { method: 'HEAD', run: () => ({}) },
  { method: 'POST', query: 'delete', run: deleteObjects },
]

function listObjects({ bucket, query, bucketName, quirks }: Asked): Answer {
  const empty = /^empty-(\d+)$/u.exec(query('continuation-token'))?.[1]
  const turn = empty === undefined ? (query('continuation-token') === '' ? 0 : quirks.emptyPages) : Number(empty)
  if (quirks.emptyPages === -1 || turn < quirks.emptyPages)
    return { body: renderXml('ListBucketResult', { Name: bucketName, KeyCount: 0, IsTruncated: true, NextContinuationToken: `empty-${turn + 1}` }) }
  const prefix = query('prefix')
  const delimiter = query('delimiter')
  const after = (empty === undefined ? query('continuation-token') : '') || query('start-after') || query('marker')
  const rest = sorted(bucket.objects.keys()).filter((key) => key.startsWith(prefix) && compare(key, after) > 0)
  const entries = rest.map((key) => ({ key, common: commonPart(key, { prefix, delimiter }) }))
  const most = Math.min(Number(query('max-keys') || 1000), quirks.pageSize)
  const page = entries.slice(0, most)
  const shown = shownIn(query('encoding-type'), quirks.listing)
  const contents = page.flatMap(({ key, common }) => {
    const object = bucket.objects.get(key)
    if (common !== undefined || object === undefined) return []
    const { bytes, etag, modified, properties } = object
    const when = modified.toISOString()
    return [{ Key: shown(key), LastModified: when, ETag: `"${etag}"`, Size: bytes.length, StorageClass: properties.storageClass }]
  })
  const common = [...new Set(page.flatMap((entry) => entry.common ?? []))].map((it) => ({ Prefix: shown(it) }))
  const isCut = entries.length > page.length
  const token = isCut ? { NextContinuationToken: page.at(-1)?.key } : {}
  const encoding = query('encoding-type') === 'url' && ANNOUNCED.has(quirks.listing) ? { EncodingType: 'url' } : {}
  const head = { Name: bucketName, Prefix: shown(prefix), KeyCount: page.length, MaxKeys: most, ...encoding, IsTruncated: isCut, ...token }
  return { body: renderXml('ListBucketResult', { ...head, Contents: contents, CommonPrefixes: common }) }
}

function commonPart(key: string, { prefix, delimiter }: { readonly prefix: string; readonly delimiter: string }): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return end === -1 ? undefined : key.slice(0, end + delimiter.length)
}

function listUploads({ bucket, query, bucketName, quirks }: Asked): Answer {
  const [keyMarker, idMarker, prefix] = [query('key-marker'), query('upload-id-marker'), query('prefix')]
  const isAfter = (key: string, id: string) => compare(key, keyMarker) > 0 || (key === keyMarker && idMarker !== '' && id > idMarker)
  const all = [...bucket.uploads.values()].filter(({ key, id }) => key.startsWith(prefix) && (keyMarker === '' || isAfter(key, id)))
  const rest = all.toSorted((a, b) => compare(a.key, b.key) || (a.id < b.id ? -1 : 1))
  const page = rest.slice(0, quirks.pageSize)
  const shown = shownIn(query('encoding-type'), quirks.listing)
  const uploads = page.map(({ key, id, properties, begun }) => ({
    Key: shown(key),
    UploadId: id,
    Initiated: begun.toISOString(),
    StorageClass: properties.storageClass,
  }))
  const last = page.at(-1)
  const isCut = rest.length > page.length
  const next = isCut && last ? { NextKeyMarker: shown(last.key), NextUploadIdMarker: last.id } : {}
  const encoding = query('encoding-type') === 'url' && ANNOUNCED.has(quirks.listing) ? { EncodingType: 'url' } : {}
  return { body: renderXml('ListMultipartUploadsResult', { Bucket: bucketName, ...encoding, IsTruncated: isCut, ...next, Upload: uploads }) }
}

function deleteObjects({ bucket, body, header, quirks }: Asked): Answer {
  const md5 = header('content-md5')
  if (quirks.refusesDeleteMany)
    throw new S3Refusal(...quirks.refusesDeleteMany, 'A header or query you provided requested a function that is not implemented.')
  if (md5 === undefined && quirks.deleteNeedsMd5 !== false) throw new S3Refusal(400, quirks.deleteNeedsMd5, 'The MD5 of the request is missing.')
  if (md5 !== undefined && Buffer.from(md5, 'base64').toString('hex') !== md5Of(body))
    throw new S3Refusal(400, 'BadDigest', 'The MD5 is another one.')
  const keys = insidesOf(body.toString('utf8'), 'Object').flatMap((object) => textsOf(object, 'Key'))
  if (keys.length > 1000) throw new S3Refusal(400, 'MalformedXML', 'There are too many keys.')
  for (const key of keys) removeObject(bucket, key, quirks)
  const isQuiet = textsOf(body.toString('utf8'), 'Quiet')[0] === 'true'
  return { body: renderXml('DeleteResult', { Deleted: isQuiet ? [] : keys.map((Key) => ({ Key })) }) }
}

function sorted(keys: Iterable<string>): readonly string[] {
  return [...keys].toSorted(compare)
}

/** By the bytes of UTF-8. */
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

const ANNOUNCED: ReadonlySet<Quirks['listing']> = new Set(['url', 'plus-signs', 'not-encoded'])

/** As S3 does it, a blank is a plus sign. `plus-signs`: a plus sign is one, and a blank is %20. */
function shownIn(encoding: string, listing: Quirks['listing']): (text: string) => string {
  const isAsked = encoding === 'url'
  switch (listing) {
    case 'url':
      return (text) => (isAsked ? escaped(text).replaceAll('%20', '+') : text)
    case 'plus-signs':
      return (text) => (isAsked ? escaped(text).replaceAll('%2B', '+').replaceAll('%3A', ':') : text)
    case 'encoded-in-silence':
      return escaped
    case 'not-encoded':
    case 'plain':
      return (text) => text
    default:
      return listing satisfies never
  }
}

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/')
}
