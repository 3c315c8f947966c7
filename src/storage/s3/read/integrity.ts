import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Receipt, S3Calls, Sums } from '../s3-calls.ts'
import { S3Fault } from '../s3-fault.ts'

/**
 * How sent data is verified. `unknown`: not determined yet. `crc32`: the server verifies and returns a CRC32; older servers do not support it.
 * `signed`: without TLS, the SHA-256 of the data is part of the request's signature, which every server verifies. `md5`: with TLS it is not; the
 * server then verifies the MD5 in the request, and returns it as the ETag.
 */
export type CheckKind = 'unknown' | 'crc32' | 'signed' | 'md5'

/** Determined once for each storage, by its first upload. */
export interface Integrity {
  readonly kind: CheckKind
  /** Evaluates the server's answer to the first request with a CRC32. */
  learn(answer: { readonly takesCrc32: boolean; readonly isSigned: boolean }): void
  /** The server rejected a request with a CRC32. True: it is not sent from now on, and the request can be repeated. */
  isRefused(fault: S3Fault): boolean
}

export function openIntegrity(): Integrity {
  let kind: CheckKind = 'unknown'
  return {
    get kind() {
      return kind
    },
    learn({ takesCrc32, isSigned }) {
      if (kind === 'unknown') kind = takesCrc32 ? 'crc32' : isSigned ? 'signed' : 'md5'
    },
    isRefused({ status, fault, message }) {
      // Where all objects are locked, each needs a digest of its own.
      const wantsSum = kind === 'signed' && status === 400 && /content-md5|checksum/iu.test(`${fault} ${message}`)
      const isRefusal = wantsSum || (kind === 'unknown' && (status === 501 || (status === 400 && !NOT_ABOUT_SUMS.has(fault))))
      if (isRefusal) kind = 'md5'
      return isRefusal
    },
  }
}

const NOT_ABOUT_SUMS = new Set(['ExpiredToken', 'RequestTimeout', 'AuthorizationHeaderMalformed', 'InvalidToken', 'EntityTooLarge'])

/** The digests to send. */
export function sumsOf(bytes: Buffer, kind: CheckKind): Sums {
  switch (kind) {
    case 'signed':
      return {}
    case 'md5':
      return { md5: createHash('md5').update(bytes).digest('base64') }
    case 'crc32':
    case 'unknown':
      return { crc32: crc32Base64(bytes) }
    default:
      return kind satisfies never
  }
}

/** Throws the fault `Corrupted` if the server reports that it received other data. An ETag that is not an MD5 has no meaning. */
function confirmReceipt(bytes: Buffer, sums: Sums, receipt: Receipt): void {
  if (receipt.crc32 !== undefined) {
    if (receipt.crc32 !== (sums.crc32 ?? crc32Base64(bytes))) throw corrupted()
    return
  }
  // If the server ignored the CRC32, and an MD5 was computed anyway.
  const isChecked = receipt.isSigned && sums.crc32 === undefined && sums.md5 === undefined
  if (isChecked || receipt.isEncrypted || !isMd5(receipt.etag)) return
  const md5 = sums.md5 === undefined ? createHash('md5').update(bytes).digest('hex') : Buffer.from(sums.md5, 'base64').toString('hex')
  if (md5 !== receipt.etag) throw corrupted()
}

/** Rejects with the fault `Corrupted` if the server received other data than was sent. */
export function withConfirmation(calls: S3Calls): S3Calls {
  const confirmed = <R extends { readonly bytes: Buffer; readonly sums: Sums }>(send: (request: R, signal: AbortSignal) => Promise<Receipt>) => {
    return async (request: R, signal: AbortSignal) => {
      const receipt = await send(request, signal)
      confirmReceipt(request.bytes, request.sums, receipt)
      return receipt
    }
  }
  return { ...calls, put: confirmed(calls.put), putPart: confirmed(calls.putPart) }
}

/** Throws the fault `Corrupted` for data that differs from the stored data, as far as ETag and CRC32 show. */
export function confirmRead(bytes: Buffer, stored: { readonly etag: string; readonly crc32?: string; readonly isEncrypted: boolean }): void {
  // That of a multipart object is the checksum of the parts' checksums.
  if (stored.crc32 !== undefined && !stored.crc32.includes('-')) {
    if (stored.crc32 !== crc32Base64(bytes)) throw corrupted()
  } else if (!stored.isEncrypted && isMd5(stored.etag) && createHash('md5').update(bytes).digest('hex') !== stored.etag) throw corrupted()
}

function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/u.test(etag)
}

function crc32Base64(bytes: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}

function corrupted(): S3Fault {
  return new S3Fault('Corrupted', 'the data was changed in transit')
}
