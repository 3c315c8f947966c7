import { covering, oneOf, type Search, text } from '../../app/search.ts'

export const SETTINGS_TABS = ['storages', 'notifiers', 'configuration'] as const

/** The search parameters of the settings. `version`: the displayed earlier version of the configuration. */
export function readSettingsSearch(search: Search) {
  return covering({ tab: oneOf(search['tab'], SETTINGS_TABS), version: text(search['version']) })
}
