import type { Report } from './events.ts'

/**
 * Does `work` as a step with a title: tells that it began, and whether it ended or failed. It has failed when `work`
 * throws, which is thrown on, or when what it returns `isFailure`. A step may have others in it.
 */
export const step = async <Result>(
  report: Report,
  title: string,
  work: () => Promise<Result> | Result,
  isFailure: (result: Result) => boolean = () => false,
): Promise<Result> => {
  const tell = (state: 'began' | 'ended' | 'failed') => report({ type: 'step', title, state })
  tell('began')
  let result: Result
  try {
    result = await work()
  } catch (error) {
    tell('failed')
    throw error
  }
  tell(isFailure(result) ? 'failed' : 'ended')
  return result
}
