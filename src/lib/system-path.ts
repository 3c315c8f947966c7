/** Where the programs of a host are, those of its administrator among them; cron and units often have a PATH without these. */
export const SYSTEM_PATH: readonly string[] = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
