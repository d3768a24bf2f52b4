import { UserError } from './errors.ts'

/** What the operating system means by a code (errno(3)), and what a person can do about it. */
const meanings: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space there, then run again.'],
  EDQUOT: ['the quota of this user is used up', 'Free some space there, then run again.'],
  EACCES: ['this user may not', 'Run as root, or as the user who may.'],
  EPERM: ['this user may not, or the file is protected (lsattr shows it)', 'Run as root, or take the protection away.'],
  EROFS: ['the filesystem is read-only', 'Mount it for writing, or look in `dmesg` why it was mounted read-only.'],
  ENOENT: ['it does not exist', 'Look whether it was removed or its disk is not mounted, then run again.'],
  ENOTDIR: ['a part of the path is no directory', 'Look at that path, then run again.'],
  EISDIR: ['it is a directory', 'Move it away, then run again.'],
  ENOTEMPTY: ['the directory is not empty', 'Look what has been put there, then run again.'],
  ELOOP: ['its symbolic links lead in a circle', 'Correct the links, then run again.'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one.'],
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n), then run again.'],
  ENFILE: ['too many files are open on this host', 'Raise fs.file-max, then run again.'],
  ENOMEM: ['the memory is short', 'Free some memory, then run again.'],
  EAGAIN: ['there are too many processes, or the memory is short', 'Raise the limit (ulimit -u), then run again.'],
  EIO: ['the disk cannot be read or written', 'Look in `dmesg`: the disk may be failing.'],
  ESTALE: ['the network filesystem has lost it', 'Mount it again, then run again.'],
  ETXTBSY: ['the program is being written', 'Wait until it is whole, then run again.'],
}

/** A failure that only the operating system has named, in a user's words; null when `error` is none. */
export const explainSystemError = (error: unknown): UserError | null => {
  if (!(error instanceof Error)) return null
  const { code, syscall, path, message } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return null
  if (syscall === 'uv_cwd' || /\buv_cwd\b/.test(message)) return workingDirectoryGone(error)
  const meaning = meanings[code]
  if (meaning === undefined) return null
  const [what, hint] = meaning
  const where = path === undefined ? '' : ` ${path}`
  return new UserError({ message: `${syscall}${where}: ${what} (${code})`, hint, cause: error })
}

const workingDirectoryGone = (cause: Error): UserError =>
  new UserError({
    message: 'The working directory does not exist any more, or may not be entered',
    hint: 'Go to one that exists, for example with `cd /`, then run again.',
    cause,
  })
