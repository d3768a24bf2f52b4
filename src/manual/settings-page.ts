import { resticVariables, rulesOfFile, sections } from '../config/document.ts'
import { prefix, type Setting } from '../config/settings/setting.ts'
import { nameSection, seeAlso } from './parts.ts'
import { bold, type Edition, entry, page, paragraph, section, subsection, text } from './roff.ts'

/** Every setting, from the table of settings. */
export const settingsPage = (edition: Edition): string =>
  page('seatable-restic.env', 5, edition, [
    ...nameSection('seatable-restic.env', 'the settings of seatable-restic'),
    ...section(
      'DESCRIPTION',
      text(
        'Settings are read from the file named by `--env-file`, else by `SEATABLE_RESTIC_ENV`, else from `/etc/seatable-restic/restic.env` if it exists. The file must belong to you or to root, and nobody else may write it.',
      ),
      ...rulesOfFile.flatMap(paragraph),
      ...paragraph(
        '`seatable-restic config --example` prints an example of the file, `seatable-restic config` what is set and where.',
      ),
    ),
    ...section(
      'SETTINGS',
      ...sections.flatMap(({ title, settings }) =>
        subsection(title, ...Object.entries(settings).flatMap(([name, setting]) => settingEntry(name, setting))),
      ),
    ),
    ...section(
      'VARIABLES OF RESTIC',
      text(
        'The variables of restic and of its storage are passed on to restic as they are. No other program gets those of the file.',
      ),
      ...resticVariables.flatMap(({ name, example, doc }) => entry(bold(name), doc, `Example: \`${example}\``)),
    ),
    ...seeAlso(['seatable-restic', 1], ['restic', 1]),
  ])

const settingEntry = (name: string, setting: Setting): string[] =>
  entry(
    bold(prefix + name),
    setting.doc,
    setting.default === null ? `Default: ${setting.otherwise}.` : `Default: \`${setting.default}\``,
    ...(setting.example === setting.default ? [] : [`Example: \`${setting.example}\``]),
  )
