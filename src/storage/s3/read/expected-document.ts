import { S3Fault } from '../s3-fault.ts'

/** A request, as far as it determines the kind of its answer. */
export interface RequestFacts {
  readonly method: string
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** Whether a successful answer is the data of an object. A request about the bucket has its name in the query. */
export function isForObject({ method, query = {} }: RequestFacts): boolean {
  return method === 'GET' && !['list-type', 'uploads', 'location'].some((name) => Object.hasOwn(query, name))
}

/** Whether the store may send blanks for minutes before the document, because it first has to combine or copy data. */
export function isSlow(request: RequestFacts): boolean {
  return MAY_FAIL_LATE.has(expectedRoot(request) ?? '')
}

/** The root element of a successful answer; undefined: the answer is no document. */
function expectedRoot({ method, query = {}, headers = {} }: RequestFacts): string | undefined {
  const has = (name: string) => Object.hasOwn(query, name)
  if (method === 'GET') return has('list-type') ? 'ListBucketResult' : has('uploads') ? 'ListMultipartUploadsResult' : 'LocationConstraint'
  if (method === 'POST') return has('delete') ? 'DeleteResult' : has('uploads') ? 'InitiateMultipartUploadResult' : 'CompleteMultipartUploadResult'
  if (method !== 'PUT' || headers['x-amz-copy-source'] === undefined) return undefined
  return has('partNumber') ? 'CopyPartResult' : 'CopyObjectResult'
}

// Their status is sent before the result is known; the SDK throws the error in the document.
const MAY_FAIL_LATE = new Set(['CompleteMultipartUploadResult', 'CopyObjectResult', 'CopyPartResult'])

/** Reads the text of an answer. Both functions throw `S3Fault`. */
export interface DocumentReader {
  add(chunk: Uint8Array): void
  end(): void
}

const HEAD_CHARS = 4096
const TAIL_CHARS = 512
// Declaration, comments, byte order mark (as Latin-1), then the first element.
const ROOT = /^(?:\u00ef\u00bb\u00bf)?(?:\s|<\?[^>]*>|<!--.*?-->)*<(?<tag>(?:[\w.-]+:)?(?<root>\w+))(?=[\s/>])/su

/**
 * Checks that a successful answer is of the requested kind. A page of another server, such as a proxy's login, has no elements of a list: it
 * would count as an empty one. Throws the fault `OtherAnswer` for another document, and `IncompleteBody` if its end is missing.
 */
export function openDocument(request: RequestFacts): DocumentReader {
  const expected = expectedRoot(request)
  let head = ''
  let tail = ''
  return {
    add(chunk) {
      const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
      // Blanks may be sent for minutes.
      if (head.length < HEAD_CHARS) head = (head + text).replaceAll(/\s+/gu, ' ').trimStart().slice(0, HEAD_CHARS)
      tail = (tail + text).slice(-TAIL_CHARS)
      if (head.length >= HEAD_CHARS) checkHead()
    },
    end() {
      const tag = checkHead()
      if (tag === undefined) return
      const isEmpty = head.length < HEAD_CHARS && /\/>\s*$/u.test(head) && !head.includes('</')
      if (!isEmpty && !tail.trimEnd().endsWith(`</${tag}>`)) throw new S3Fault('IncompleteBody', 'the end of the answer is missing')
    },
  }

  /** The name of the root element. */
  function checkHead(): string | undefined {
    const { tag, root = '' } = ROOT.exec(head)?.groups ?? {}
    // Some stores send a text with an empty answer.
    if (expected === undefined && !head.startsWith('<')) return undefined
    if (root === expected || (root === 'Error' && MAY_FAIL_LATE.has(expected ?? ''))) return tag
    throw new S3Fault('OtherAnswer', head === '' ? 'the answer is empty' : `the answer begins with ${JSON.stringify(head.slice(0, 40))}`)
  }
}
