import type { Report } from '../../../document/issue-report.ts'
import { type LocatedNode, locationOf } from '../../../document/yaml/node.ts'
import { quoted } from '../../../lib/quoted.ts'
import type { ArchiveStep } from '../../../plan/dated-files.ts'
import type { FileStepInputs } from '../schema/file-steps.ts'

type Packing = Pick<ArchiveStep, 'container' | 'compression'>

const BY_EXTENSION: ReadonlyMap<string, Packing> = new Map(
  Object.entries({
    'tar.gz': { container: 'tar', compression: 'gzip' },
    tgz: { container: 'tar', compression: 'gzip' },
    'tar.bz2': { container: 'tar', compression: 'bzip2' },
    'tar.xz': { container: 'tar', compression: 'xz' },
    xz: { container: 'tar', compression: 'xz' },
    zip: { container: 'zip', compression: 'deflate' },
  }),
)

const COMPRESSIONS: Readonly<Record<ArchiveStep['container'], readonly ArchiveStep['compression'][]>> = {
  tar: ['gzip', 'bzip2', 'xz'],
  zip: ['deflate', 'bzip2', 'lzma'],
}

/** The format of an archive: settings of the step, otherwise derived from the extension of its name. */
export function packingOf(
  { container: wanted, compression }: Pick<FileStepInputs['archive'], 'container' | 'compression'>,
  extension: string,
  at: LocatedNode,
  report: Report,
): Packing | undefined {
  const usual = BY_EXTENSION.get(extension)
  const container = wanted ?? usual?.container
  if (container === undefined)
    return report.error(locationOf(at), `unknown archive format of the extension ${quoted(extension)}`, 'Set "container" and "compression".')
  const fallback = usual?.container === container ? usual.compression : COMPRESSIONS[container][0]
  const chosen = compression ?? fallback ?? 'gzip'
  if (COMPRESSIONS[container].includes(chosen)) return { container, compression: chosen }
  return report.error(locationOf(at), `${container} does not support compression with ${chosen}`, `Supported: ${COMPRESSIONS[container].join(', ')}.`)
}
