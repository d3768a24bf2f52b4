/** The first page of a bundle: its sender must know what goes out. */
export const aboutBundle = `This archive was made by \`seatable-restic doctor --bundle\` for a bug report.
Look through it before you send it: all of it is text.

doctor.json      what doctor found
config.json      every setting and where it is set; the value of a secret is "(set)"
versions.json    of this program, Node, restic, the container programs, the system
containers.json  containers that compose has made: name, image, labels of compose
state.json       names, sizes and times of what lies in the state directory
history.json     the last 30 runs: how they ended, what they warned of, rows of tables

It does not hold: passwords, keys and commands of the settings, the env file, .env,
the environment of any container, dumps, anything out of a base, or names of files
in the data directories, but where a finding names one.

"***" stands for a secret, "(host)" for the full name or the address of a machine.
Short names of machines and containers, paths, and names of databases and tables
are left as they are.
`
