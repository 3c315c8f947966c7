import type { StreamEvent } from '../../../src/api/schema/events.ts'
import type { LinkStatus } from './stream.ts'

/** Messages from a page to the worker that has the stream. `alive` is sent every 20 s, because pages can end without a message. */
export type ToWorker =
  | { readonly kind: 'open'; readonly base: string; readonly runs: readonly string[] }
  | { readonly kind: 'watch'; readonly runs: readonly string[] }
  | { readonly kind: 'alive'; readonly runs: readonly string[] }
  | { readonly kind: 'retry' }
  | { readonly kind: 'close' }

/** Messages from the worker to each page. */
export type ToPage =
  | { readonly kind: 'event'; readonly event: StreamEvent }
  | { readonly kind: 'status'; readonly status: LinkStatus }
  | { readonly kind: 'time'; readonly now: string }
