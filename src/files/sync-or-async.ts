import { close, closeSync, fstat, fstatSync, open, openSync, readlink, readlinkSync } from 'node:fs'
import { promisify } from 'node:util'

/** One system call. */
export type Step =
  | { readonly call: 'open'; readonly args: readonly [path: string, flags: number] }
  | { readonly call: 'fstat' | 'close'; readonly args: readonly [fd: number] }
  | { readonly call: 'readlink'; readonly args: readonly [path: string] }

/** An operation that is written once and executed synchronously or asynchronously: it yields its calls, and receives their results. */
export type Steps<T> = Generator<Step, T, unknown>

const NOW = { open: openSync, fstat: fstatSync, close: closeSync, readlink: readlinkSync }
const LATER = { open: promisify(open), fstat: promisify(fstat), close: promisify(close), readlink: promisify(readlink) }

export function runSync<T>(steps: Steps<T>): T {
  let next = steps.next()
  while (next.done !== true) {
    let answer: unknown
    try {
      answer = (NOW[next.value.call] as Call)(...next.value.args)
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(answer)
  }
  return next.value
}

export async function runAsync<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next()
  while (next.done !== true) {
    let answer: unknown
    try {
      answer = await (LATER[next.value.call] as Call)(...next.value.args)
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(answer)
  }
  return next.value
}

type Call = (...args: readonly unknown[]) => unknown
