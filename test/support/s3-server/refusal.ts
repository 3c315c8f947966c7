export interface MoreOfRefusal {
  readonly elements?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** What the server answers instead of doing it. */
export class S3Refusal extends Error {
  readonly status: number
  readonly code: string
  /** Further elements of the body, and headers. */
  readonly more: MoreOfRefusal

  constructor(status: number, code: string, message: string, more: MoreOfRefusal = {}) {
    super(message)
    this.status = status
    this.code = code
    this.more = more
  }
}

export function noSuchKey(): S3Refusal {
  return new S3Refusal(404, 'NoSuchKey', 'There is no such key.')
}

/** What a request is answered with that is signed for another region than the bucket's: Amazon S3 API Reference, "List of error codes". */
export function otherRegion(region: string, kind: OtherRegion): S3Refusal {
  const isNamed = kind === 'malformed, named' || kind === 'redirect, named'
  const headers = isNamed ? { 'x-amz-bucket-region': region } : {}
  if (kind === 'redirect' || kind === 'redirect, named')
    return new S3Refusal(301, 'PermanentRedirect', 'The bucket you are attempting to access must be addressed using the specified endpoint.', {
      headers,
      elements: { Endpoint: `acme.s3.${region}.example` },
    })
  const message = isNamed ? `the region is wrong; expecting '${region}'` : 'the region is wrong'
  return new S3Refusal(400, 'AuthorizationHeaderMalformed', `The authorization header is malformed; ${message}`, {
    ...(isNamed && { elements: { Region: region } }),
  })
}

/** AuthorizationHeaderMalformed or PermanentRedirect; named: with the region, in an element or in a header. */
export type OtherRegion = 'malformed' | 'malformed, named' | 'redirect' | 'redirect, named'
