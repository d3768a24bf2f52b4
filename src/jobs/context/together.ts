/**
 * Does two things at the same time and waits until both have ended. When they fail, the first of them is what is
 * thrown: which of the two was quicker changes no message, and nothing goes on behind an error.
 */
export const together = async <One, Other>(one: Promise<One>, other: Promise<Other>): Promise<[One, Other]> => {
  await Promise.allSettled([one, other])
  return [await one, await other]
}
