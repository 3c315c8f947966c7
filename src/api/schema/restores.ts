import { z } from 'zod'

/** What to restore, and the target. */
export const RestoreRequest = z.object({
  task: z.string().max(512),
  /** The name of a set, or `latest`. */
  set: z.string().max(128).default('latest'),
  storage: z.string().max(512).optional(),
  /** One object of the set; absent: all. */
  object: z.string().max(4096).optional(),
  /** Only this member of an archive; a folder includes its contents. */
  path: z.string().min(1).max(4096).optional(),
  /** A folder of this host that does not exist or is empty. */
  target: z.string().min(1).max(4096),
})
export type RestoreRequest = z.infer<typeof RestoreRequest>

/** A restore to start. A dry run writes nothing, and reports what would be restored and all conflicts. */
export const RestoreStart = RestoreRequest.extend({ dryRun: z.boolean().default(false) })

export const RestoreCommand = z
  .object({
    argv: z.array(z.string()),
    /** For a shell: words are quoted where necessary. */
    command: z.string(),
    /** The equivalent commands of standard tools from the guide of the set; null if there is no guide. */
    recipe: z.string().nullable(),
  })
  .meta({ id: 'RestoreCommand' })
export type RestoreCommand = z.infer<typeof RestoreCommand>
