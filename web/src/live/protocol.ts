import type { StreamEvent } from '../../../src/api/schema/events.ts'
import type { LinkStatus } from './stream.ts'

/** From a page to the worker that has the stream. `alive` comes every 20 s: pages end without a word. */
export type ToWorker =
  | { readonly kind: 'open'; readonly base: string; readonly runs: readonly string[] }
  | { readonly kind: 'watch'; readonly runs: readonly string[] }
  | { readonly kind: 'alive'; readonly runs: readonly string[] }
  | { readonly kind: 'retry' }
  | { readonly kind: 'close' }

/** From the worker to each page. */
export type ToPage =
  | { readonly kind: 'event'; readonly event: StreamEvent }
  | { readonly kind: 'status'; readonly status: LinkStatus }
  | { readonly kind: 'time'; readonly now: string }
