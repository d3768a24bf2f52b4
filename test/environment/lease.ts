import { spawn } from 'node:child_process'
import { once } from 'node:events'

// F_SETLEASE, F_WRLCK and F_UNLCK of Linux; whoever opens the file waits until the lease is given up.
const holder = `
my ($file, @doomed) = @ARGV;
open(my $handle, '+<', $file) or die "open: $!";
$SIG{IO} = sub { system('rm', '-rf', '--', @doomed); fcntl($handle, 1024, 2); exit 0 };
defined fcntl($handle, 1024, 1) or die "lease: $!";
$| = 1;
print "held\\n";
sleep 300;
`

/**
 * As soon as somebody opens `file`, and before he gets it, `doomed` is removed: between the listing of its directory and
 * the reading of what comes after it. Returns once that is prepared; the result ends the waiting.
 */
export const removeWhenOpened = async (file: string, doomed: readonly string[]): Promise<() => void> => {
  const child = spawn('perl', ['-e', holder, file, ...doomed], { stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`no lease on ${file}: perl ended with ${code}`)
    }),
  ])
  return () => void child.kill()
}
