/** Servers and mmdebstrap live in directories that are not in every user's path. */
export const systemPath = { PATH: `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` }
