import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

interface Component {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly text: string
  /** The digest in the lock file. */
  readonly sha512: string
}

export interface RecordsCall {
  readonly root: string
  /** The folder of the executable. */
  readonly target: string
  /** The source files that it contains, relative to the checkout. */
  readonly inputs: readonly string[]
  /** The package of npm with its Node.js. */
  readonly nodePackage: string
}

/** Writes, beside the executable, the list of its components in the format of CycloneDX, their licenses, and the digests of all files. */
export function writeRecords({ root, target, inputs, nodePackage }: RecordsCall): void {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(path)?.[0] ?? []))
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const packages = [...folders].map((folder) => componentIn(join(root, folder), folder, lock))
  const node = componentIn(nodePackage, `node_modules/${basename(nodePackage)}`, lock)
  const components = [...packages, node].toSorted((a, b) => (purl(a) < purl(b) ? -1 : 1))
  const program = readFileSync(join(target, 'holdfast'))
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string; readonly license: string }
  const files = {
    'LICENSES.txt': licenses(components),
    'holdfast.cdx.json': `${JSON.stringify(sbom(about, program, components), null, 2)}\n`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(target, name), text)
  const sums = [['holdfast', program] as const, ...Object.entries(files)].map(([name, content]) => `${sha256(content)}  ${name}\n`)
  writeFileSync(join(target, 'SHA256SUMS'), sums.join(''))
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>
}

/** `key`: its folder in the lock file. */
function componentIn(folder: string, key: string, { packages }: Lock): Component {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Component
  const file = readdirSync(folder).find((it) => /^licen[cs]e/iu.test(it))
  return {
    ...{ name, version, license },
    text: file === undefined ? `License: ${license}\n` : readFileSync(join(folder, file), 'utf8'),
    sha512: Buffer.from(packages[key]?.integrity?.replace('sha512-', '') ?? '', 'base64').toString('hex'),
  }
}

function licenses(components: readonly Component[]): string {
  const parts = components.map(({ name, version, text }) => `${'='.repeat(80)}\n${name} ${version}\n${'='.repeat(80)}\n\n${text.trim()}\n`)
  return `The executable contains Holdfast (MIT), Node.js and the following packages.\n\n${parts.join('\n')}`
}

/** CycloneDX 1.6. Without the time, which would differ in every build. */
function sbom(about: { readonly version: string; readonly license: string }, program: Buffer, components: readonly Component[]): object {
  const ref = `holdfast@${about.version}`
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': ref,
        ...{ name: 'holdfast', version: about.version },
        licenses: [{ license: { id: about.license } }],
        hashes: [{ alg: 'SHA-256', content: sha256(program) }],
      },
    },
    components: components.map((it) => ({
      type: it.name.startsWith('node-linux-') ? 'platform' : 'library',
      'bom-ref': purl(it),
      ...{ name: it.name, version: it.version, purl: purl(it) },
      licenses: [{ license: it.license.includes(' ') ? { name: it.license } : { id: it.license } }],
      ...(it.sha512 !== '' && { hashes: [{ alg: 'SHA-512', content: it.sha512 }] }),
    })),
    dependencies: [{ ref, dependsOn: components.map(purl) }],
  }
}

function purl({ name, version }: Component): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
