import type { S3Calls, UploadId, UploadPage } from './s3-calls.ts'

/** All uploads below a prefix that were begun and neither completed nor aborted. */
export async function everyUpload(calls: S3Calls, prefix: string, signal: AbortSignal): Promise<UploadPage['uploads']> {
  const found: UploadPage['uploads'][number][] = []
  for (let after: UploadId | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const { uploads, next } = await calls.listUploads({ prefix, ...(after && { after }) }, signal)
    found.push(...uploads)
    after = next
  }
  return found
}
