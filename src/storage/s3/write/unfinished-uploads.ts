import { everyPage } from '../read/every-page.ts'
import type { S3Calls, UploadId, UploadPage } from '../s3-calls.ts'
import { S3Fault } from '../s3-fault.ts'

type Upload = UploadPage['uploads'][number]

/** More than expected in any bucket, and small enough for memory. */
const MOST_UPLOADS = 200_000

/** All unfinished uploads below a prefix. */
export async function everyUpload(calls: S3Calls, prefix: string, signal: AbortSignal): Promise<readonly Upload[]> {
  const found: Upload[] = []
  const pages = everyPage<Upload, UploadId>({
    readPage: async (after) => {
      const { uploads, next } = await calls.listUploads({ prefix, ...(after && { after }) }, signal)
      return { items: uploads, ...(next && { next }) }
    },
    nameOfPlace: nameOf,
    nameOfItem: nameOf,
  })
  for await (const uploads of pages) {
    // A store may return others, too.
    found.push(...uploads.filter(({ key }) => key.startsWith(prefix)))
    if (found.length > MOST_UPLOADS) throw new S3Fault('EndlessList', `more than ${MOST_UPLOADS} unfinished uploads`)
  }
  return found
}

function nameOf({ key, uploadId }: UploadId): string {
  return `${uploadId} ${key}`
}
