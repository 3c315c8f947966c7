import type { Failpoint } from '../../../lib/failpoint.ts'
import type { BufferPool } from '../read/buffer-pool.ts'
import type { Integrity } from '../read/integrity.ts'
import type { ObjectProperties, S3Calls } from '../s3-calls.ts'
import type { PartPlan } from './part-plan.ts'

/** Shared by all uploads to a storage. */
export interface UploadDeps {
  readonly calls: S3Calls
  readonly pool: BufferPool
  readonly integrity: Integrity
  readonly partsAtOnce: number
  readonly partLimit: PartLimit
  readonly signal: AbortSignal
  readonly failpoint?: Failpoint | undefined
}

export interface Upload {
  readonly key: string
  readonly properties: ObjectProperties
  readonly parts: PartPlan
}

/** Known after the first long upload to a storage. */
export interface PartLimit {
  /** The number of parts to send from memory. Rejects with the fault `TooManyParts` if the store accepts fewer than any known one. */
  smallParts(upload: Upload, deps: UploadDeps): Promise<number>
}
