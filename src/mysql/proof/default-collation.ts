import { isServer, type ServerVersion } from '../sql/server-version.ts'

/** What a server leaves out when it shows a table. Source: SHOW COLLATION of both; newer MariaDB leaves nothing out. */
export const defaultCollation = (characterSet: string, server: ServerVersion): string => {
  if (characterSet === 'utf8mb4' && isServer(server, 'mysql', '>=8')) return 'utf8mb4_0900_ai_ci'
  const ending = Object.entries(defaultEndings).find(([, sets]) => sets.includes(characterSet))?.[0] ?? 'general_ci'
  return ending === '' ? characterSet : `${characterSet}_${ending}`
}

const defaultEndings: Record<string, readonly string[]> = {
  swedish_ci: ['latin1', 'dec8', 'swe7'],
  chinese_ci: ['big5', 'gb2312', 'gbk', 'gb18030'],
  japanese_ci: ['sjis', 'cp932', 'ujis', 'eucjpms'],
  korean_ci: ['euckr'],
  thai_ci: ['tis620'],
  turkish_ci: ['latin5'],
  english_ci: ['hp8'],
  '': ['binary'],
}
