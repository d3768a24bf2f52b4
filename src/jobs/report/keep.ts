import { resolve } from 'node:path'
import { writeDurably } from '../../staging/area.ts'

/** Whole or not at all, and for its owner alone: it names databases and tables. */
export const keepReport = (path: string, html: string): Promise<void> => writeDurably(resolve(path), html)
