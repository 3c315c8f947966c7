import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createDeflateRaw, deflateRaw } from 'node:zlib'
import type { Command } from '../../plan/command.ts'
import { type ArchiveWork, tool } from '../archive-work.ts'
import { ArchiveError } from '../errors.ts'
import type { ZipBody } from './zip-writer.ts'

/** Reads an open file to its end and adds it to a member. */
export type ZipPacker = (file: FileHandle, expectedBytes: number, body: ZipBody) => Promise<void>

const deflateOnce = promisify(deflateRaw)

// Files up to this size are read and packed at once.
const SMALL_BYTES = 1024 * 1024
const CHUNK_BYTES = 256 * 1024

/** Stored unchanged. */
export const storePacker: ZipPacker = async (file, _expectedBytes, body) => {
  for await (const chunk of chunksOf(file)) {
    body.count(chunk)
    await body.write(chunk)
  }
}

/** Deflate (method 8). */
export function deflatePacker(level: number | undefined): ZipPacker {
  const options = level === undefined ? {} : { level }
  return async (file, expectedBytes, body) => {
    if (expectedBytes <= SMALL_BYTES) return deflateSmall(file, body, options)
    await through(file, createDeflateRaw(options), body)
  }
}

async function deflateSmall(file: FileHandle, body: ZipBody, options: { readonly level?: number }): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of counted(file, body)) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  await body.write(await deflateOnce(bytes, options))
}

async function through(file: FileHandle, packer: ReturnType<typeof createDeflateRaw>, body: ZipBody): Promise<void> {
  await pipeline(counted(file, body), packer, async (packed: AsyncIterable<Buffer>) => {
    for await (const chunk of packed) await body.write(chunk)
  })
}

/** bzip2 (method 12), with the program of that name. */
export function bzip2Packer(level: number | undefined, work: ArchiveWork): ZipPacker {
  return programPacker(tool(['bzip2', '--stdout', ...(level === undefined ? [] : [`-${level}`])]), work, (first) => first)
}

// The header that xz writes before the stream: properties (5 bytes) and the size, unknown (8 bytes).
const LZMA_HEADER_BYTES = 13

/** LZMA (method 14) with xz: its header is replaced by that of ZIP (APPNOTE.TXT 5.8.8). */
export function lzmaPacker(level: number | undefined, work: ArchiveWork): ZipPacker {
  const command = tool(['xz', '--format=lzma', '--stdout', ...(level === undefined ? [] : [`-${level}`])])
  return programPacker(command, work, (first) => Buffer.concat([Buffer.from([9, 20, 5, 0]), first.subarray(0, 5), first.subarray(LZMA_HEADER_BYTES)]))
}

function programPacker(command: Command, work: ArchiveWork, begin: (first: Buffer) => Buffer): ZipPacker {
  return async (file, _expectedBytes, body) => {
    const input = Readable.from(counted(file, body), { objectMode: false, highWaterMark: CHUNK_BYTES })
    const running = await work.processes.startPipeline([command], { kind: 'stream' }, { signal: work.signal, limits: work.limits, input })
    let first: Buffer | undefined = Buffer.alloc(0)
    for await (const chunk of running.output) {
      if (first === undefined) await body.write(chunk as Buffer)
      else {
        first = Buffer.concat([first, chunk as Buffer])
        if (first.length < LZMA_HEADER_BYTES) continue
        await body.write(begin(first))
        first = undefined
      }
    }
    await running.done
    if (first !== undefined) throw new ArchiveError('failed', `"${command.argv[0]}" returned incomplete data`)
  }
}

/** The contents of a file, passed to the member in pieces, which may be kept. */
async function* counted(file: FileHandle, body: ZipBody): AsyncGenerator<Buffer> {
  for await (const chunk of chunksOf(file)) {
    body.count(chunk)
    yield Buffer.from(chunk)
  }
}

/** The same buffer for each piece. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, null)
    if (bytesRead === 0) return
    yield chunk.subarray(0, bytesRead)
  }
}
