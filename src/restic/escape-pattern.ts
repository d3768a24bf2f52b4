/**
 * A pattern of restic's `--include` and `--exclude` that matches this very path and all below it.
 * restic matches with Go's `filepath.Match`, in which a backslash takes the next character literally.
 */
export const escapePattern = (path: string): string => path.replace(/[\\*?[\]]/g, '\\$&')
