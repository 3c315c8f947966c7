import { covering, oneOf, type Search, text } from '../../app/search.ts'

export const SETTINGS_TABS = ['storages', 'notifiers', 'configuration'] as const

/** What the address says of the settings. `version`: an earlier version of the configuration that is looked at. */
export function readSettingsSearch(search: Search) {
  return covering({ tab: oneOf(search['tab'], SETTINGS_TABS), version: text(search['version']) })
}
