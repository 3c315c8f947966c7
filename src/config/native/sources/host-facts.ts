import type { SourceInput } from '../schema/sources.ts'
import { commandIn } from '../settings.ts'
import type { SourceCall, SourceObject } from './source.ts'

/** A tar archive of texts. Missing facts are listed in it and are not a failure. */
export function hostFactsSource(_input: SourceInput<'host-facts'>, { settings, host }: SourceCall): readonly SourceObject[] {
  const stage = commandIn(settings, host.ownPrograms?.hostFacts ?? ['/bin/sh', '/usr/share/holdfast/host-facts.sh'])
  return [{ stages: [stage], source: { kind: 'host-facts' }, suffix: '.tar' }]
}
