import { md5Of, removeObject } from './buckets.ts'
import type { Answer, Asked } from './exchange.ts'
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
  const prefix = query('prefix')
  const delimiter = query('delimiter')
  const after = query('continuation-token') || query('start-after') || query('marker')
  const rest = sorted(bucket.objects.keys()).filter((key) => key.startsWith(prefix) && compare(key, after) > 0)
  const entries = rest.map((key) => ({ key, common: commonPart(key, { prefix, delimiter }) }))
  const most = Math.min(Number(query('max-keys') || 1000), quirks.pageSize)
  const page = entries.slice(0, most)
  const shown = shownIn(query('encoding-type'))
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
  const encoding = query('encoding-type') === 'url' ? { EncodingType: 'url' } : {}
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
  const shown = shownIn(query('encoding-type'))
  const uploads = page.map(({ key, id, properties, begun }) => ({
    Key: shown(key),
    UploadId: id,
    Initiated: begun.toISOString(),
    StorageClass: properties.storageClass,
  }))
  const last = page.at(-1)
  const isCut = rest.length > page.length
  const next = isCut && last ? { NextKeyMarker: shown(last.key), NextUploadIdMarker: last.id } : {}
  const encoding = query('encoding-type') === 'url' ? { EncodingType: 'url' } : {}
  return { body: renderXml('ListMultipartUploadsResult', { Bucket: bucketName, ...encoding, IsTruncated: isCut, ...next, Upload: uploads }) }
}

function deleteObjects({ bucket, body, header, quirks }: Asked): Answer {
  const md5 = header('content-md5')
  if (md5 === undefined && quirks.deleteNeedsMd5) throw new S3Refusal(400, 'MissingContentMD5', 'The MD5 of the request is missing.')
  if (md5 !== undefined && Buffer.from(md5, 'base64').toString('hex') !== md5Of(body))
    throw new S3Refusal(400, 'BadDigest', 'The MD5 is another one.')
  const keys = insidesOf(body.toString('utf8'), 'Object').flatMap((object) => textsOf(object, 'Key'))
  if (keys.length > 1000) throw new S3Refusal(400, 'MalformedXML', 'There are too many keys.')
  for (const key of keys) removeObject(bucket, key)
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

/** As S3 does it, a blank is a plus sign. */
function shownIn(encoding: string): (text: string) => string {
  return (text) => (encoding === 'url' ? encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+') : text)
}
