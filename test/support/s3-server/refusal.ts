/** What the server answers instead of doing it. */
export class S3Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export function noSuchKey(): S3Refusal {
  return new S3Refusal(404, 'NoSuchKey', 'There is no such key.')
}
