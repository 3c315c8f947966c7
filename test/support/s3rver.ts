import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listens } from './listens.ts'
import { until } from './time-limits.ts'

/** From the registry of npm, under the MIT licence. */
export const S3RVER = '3.7.1'

/** Installs the server in a temporary folder, and starts it with an empty bucket "acme". Throws if npm cannot install it. */
export async function startS3rver(port: number) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-s3rver-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const words = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `s3rver@${S3RVER}`]
  const installed = spawnSync('npm', words, { cwd: folder, encoding: 'utf8' })
  if (installed.status !== 0) {
    remove()
    throw new Error(`npm could not install s3rver: ${installed.stderr}`)
  }
  const program = join(folder, 'node_modules/s3rver/bin/s3rver.js')
  const options = ['-d', join(folder, 'data'), '-a', '127.0.0.1', '-p', String(port), '--silent', '--configure-bucket', 'acme']
  const child = spawn(process.execPath, [program, ...options], { stdio: 'ignore' })
  const stop = () => {
    child.kill()
    remove()
  }
  await until(() => child.exitCode !== null || listens(port))
  if (child.exitCode === null) return { url: `http://127.0.0.1:${port}`, account: { accessKey: 'S3RVER', secretKey: 'S3RVER' }, stop }
  stop()
  throw new Error(`s3rver ended with code ${child.exitCode}`)
}
