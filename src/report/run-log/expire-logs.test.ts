import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { expireLogs } from './expire-logs.ts'

const now = new Date(2026, 2, 1)

describe('expiring logs', () => {
  it('removes both logs of a run, empty years, and no other files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-logs-'))
    try {
      const old = ['2024/r-p-s-20240101_000000.log', 'debug/r-p-s-20240101_000000-debug.log']
      const foreign = [
        'debug/other-20240101_000000-debug.log',
        'debug/other-20240102_000000-debug.log',
        '2023/r-p-s-20230101.log',
        '2025/x-r-p-s-20250101_000000.log',
        'r-p-s-20200101_000000.log',
      ]
      const kept = ['2026/r-p-s-20260228_000000.log', 'debug/r-p-s-20260228_000000-debug.log']
      for (const path of [...old, ...foreign, ...kept]) {
        mkdirSync(dirname(join(folder, path)), { recursive: true })
        writeFileSync(join(folder, path), 'x')
      }
      expireLogs({ folder, tags: ['r-p-s'], limits: { days: 400, bytes: 1000 } }, now)
      const there = (path: string) => existsSync(join(folder, path))
      assert.deepEqual([...old, '2024'].filter(there), [])
      assert.deepEqual([...foreign, ...kept].filter(there), [...foreign, ...kept])
      expireLogs({ folder: join(folder, 'nowhere'), tags: ['r-p-s'], limits: { days: 1, bytes: 1 } }, now)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
