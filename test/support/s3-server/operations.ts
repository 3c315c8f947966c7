import { addPart, beginUpload, completeUpload, crc32Of, keep, md5Of, objectOf, type Properties, removeObject, uploadOf } from './buckets.ts'
import { type Answer, type Asked, copySourceOf, propertiesOf } from './exchange.ts'
import { S3Refusal } from './refusal.ts'
import { insidesOf, renderXml, textsOf } from './xml.ts'

/** What the server does, by method and by the first of these names in the query. */
export const OBJECT_OPERATIONS: readonly { readonly method: string; readonly query?: string; readonly run: (asked: Asked) => Answer }[] = [
  { method: 'PUT', query: 'partNumber', run: putPart },
  { method: 'PUT', run: putObject },
  { method: 'POST', query: 'uploads', run: createUpload },
  { method: 'POST', query: 'uploadId', run: complete },
  { method: 'DELETE', query: 'uploadId', run: abort },
  { method: 'DELETE', run: remove },
  { method: 'GET', run: getObject },
  { method: 'HEAD', run: getObject },
]

/** What cannot be read before it was brought back. */
const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE'])

function putObject(asked: Asked): Answer {
  const { bucket, key, body, quirks } = asked
  if (asked.header('x-amz-copy-source') !== undefined) return copyObject(asked)
  checkSums(asked)
  const properties = propertiesOf(asked)
  if (
    (properties.lockMode !== undefined || quirks.locksAll) &&
    asked.header('content-md5') === undefined &&
    asked.header('x-amz-checksum-crc32') === undefined
  )
    throw new S3Refusal(
      400,
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    )
  const kept = quirks.checksums === 'crc32' ? asked.header('x-amz-checksum-crc32') : undefined
  keep(bucket, key, { bytes: body, etag: md5Of(body), crc32: kept, properties }, quirks)
  return { headers: { etag: `"${md5Of(body)}"`, ...sumHeader(kept), ...encryptionHeader(properties) } }
}

function copyObject(asked: Asked): Answer {
  const { bucket, key } = asked
  const source = copySourceOf(asked)
  const properties = propertiesOf(asked)
  if (source.key === key && source.object.properties.storageClass === properties.storageClass)
    throw new S3Refusal(400, 'InvalidRequest', 'It is a copy onto itself that changes nothing.')
  // Tags come along; class, lock and encryption are what the request says.
  keep(
    bucket,
    key,
    { ...source.object, etag: md5Of(source.object.bytes), properties: { ...properties, tagging: source.object.properties.tagging } },
    asked.quirks,
  )
  return { body: renderXml('CopyObjectResult', { ETag: `"${md5Of(source.object.bytes)}"`, LastModified: new Date().toISOString() }) }
}

function putPart(asked: Asked): Answer {
  const upload = uploadOf(asked.bucket, asked.key, asked.query('uploadId'))
  const number = Number(asked.query('partNumber'))
  if (asked.header('x-amz-copy-source') !== undefined) {
    if (asked.quirks.noPartCopy) throw new S3Refusal(501, 'NotImplemented', 'Parts are not copied here.')
    const { etag, crc32 } = addPart(upload, { number, most: asked.quirks.maxParts }, copySourceOf(asked).bytes)
    const sum = upload.checksCrc32 ? { ChecksumCRC32: crc32 } : {}
    return { body: renderXml('CopyPartResult', { ETag: `"${etag}"`, LastModified: new Date().toISOString(), ...sum }) }
  }
  checkSums(asked)
  const isSummed = asked.header('x-amz-checksum-crc32') !== undefined
  if (asked.quirks.checksums === 'crc32' && isSummed !== upload.checksCrc32)
    throw new S3Refusal(400, 'InvalidRequest', 'The kind of sum is not the one of the upload.')
  const { etag, crc32 } = addPart(upload, { number, most: asked.quirks.maxParts }, asked.body)
  return { headers: { etag: `"${etag}"`, ...sumHeader(upload.checksCrc32 ? crc32 : undefined), ...encryptionHeader(upload.properties) } }
}

function createUpload(asked: Asked): Answer {
  const { bucket, key, quirks, header } = asked
  const asksCrc32 = header('x-amz-checksum-algorithm') === 'CRC32'
  if (asksCrc32 && quirks.checksums === 'refused') throw new S3Refusal(501, 'NotImplemented', 'A header is not known here.')
  const checksCrc32 = asksCrc32 && quirks.checksums === 'crc32'
  const { id } = beginUpload(bucket, { key, checksCrc32, properties: propertiesOf(asked) })
  const headers = checksCrc32 ? { 'x-amz-checksum-algorithm': 'CRC32' } : {}
  return { headers, body: renderXml('InitiateMultipartUploadResult', { Bucket: asked.bucketName, Key: key, UploadId: id }) }
}

function complete({ bucket, key, query, body, quirks, bucketName }: Asked): Answer {
  const upload = uploadOf(bucket, key, query('uploadId'))
  const parts = insidesOf(body.toString('utf8'), 'Part').map((part) => ({
    number: Number(textsOf(part, 'PartNumber')[0]),
    etag: (textsOf(part, 'ETag')[0] ?? '').replaceAll('"', ''),
    crc32: textsOf(part, 'ChecksumCRC32')[0],
  }))
  const { etag } = completeUpload(bucket, upload, { parts, ...quirks })
  return { body: renderXml('CompleteMultipartUploadResult', { Bucket: bucketName, Key: key, ETag: `"${etag}"` }) }
}

function abort({ bucket, key, query }: Asked): Answer {
  bucket.uploads.delete(uploadOf(bucket, key, query('uploadId')).id)
  return { status: 204 }
}

function remove({ bucket, key, quirks }: Asked): Answer {
  removeObject(bucket, key, quirks)
  return { status: 204 }
}

function getObject({ bucket, key, header, method, quirks }: Asked): Answer {
  const { bytes, etag, crc32, properties, modified } = objectOf(bucket, key)
  const wanted = header('if-match')
  if (wanted !== undefined && wanted !== `"${etag}"`) throw new S3Refusal(412, 'PreconditionFailed', 'It is another object.')
  if (method === 'GET' && ARCHIVES.has(properties.storageClass)) throw new S3Refusal(403, 'InvalidObjectState', 'It lies in an archive.')
  const range = rangeOf(header('range'), bytes.length)
  const body = range ? bytes.subarray(range.from, range.to + 1) : bytes
  return {
    status: range ? 206 : 200,
    body,
    headers: {
      etag: `"${etag}"`,
      'last-modified': modified.toUTCString(),
      'accept-ranges': 'bytes',
      'content-type': 'binary/octet-stream',
      'content-length': String(body.length),
      ...(range && { 'content-range': `bytes ${range.from}-${range.to}/${bytes.length}` }),
      ...(!range && quirks.checksums === 'crc32' && header('x-amz-checksum-mode') === 'ENABLED' && sumHeader(crc32)),
      ...(properties.storageClass !== 'STANDARD' && { 'x-amz-storage-class': properties.storageClass }),
      ...encryptionHeader(properties),
    },
  }
}

function rangeOf(text: string | undefined, bytes: number): { readonly from: number; readonly to: number } | undefined {
  const { from, to } = /^bytes=(?<from>\d+)-(?<to>\d*)$/u.exec(text ?? '')?.groups ?? {}
  if (from === undefined) return undefined
  if (Number(from) >= bytes) throw new S3Refusal(416, 'InvalidRange', 'The range begins behind the end.')
  return { from: Number(from), to: to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1) }
}

function checkSums({ header, body, quirks }: Asked): void {
  const crc32 = header('x-amz-checksum-crc32')
  if (crc32 !== undefined && quirks.checksums === 'refused') throw new S3Refusal(501, 'NotImplemented', 'A header is not known here.')
  if (crc32 !== undefined && quirks.checksums === 'crc32' && crc32 !== crc32Of(body))
    throw new S3Refusal(400, 'BadDigest', 'The CRC32 is another one.')
  const md5 = header('content-md5')
  if (md5 !== undefined && Buffer.from(md5, 'base64').toString('hex') !== md5Of(body))
    throw new S3Refusal(400, 'BadDigest', 'The MD5 is another one.')
}

function sumHeader(crc32: string | undefined): Readonly<Record<string, string>> {
  return crc32 === undefined ? {} : { 'x-amz-checksum-crc32': crc32 }
}

function encryptionHeader({ encryption }: Properties): Readonly<Record<string, string>> {
  return encryption === undefined ? {} : { 'x-amz-server-side-encryption': encryption }
}
