/** Rows cannot be read by a connection of our own, or not be written as the dump program would: it has to write them. */
export class NotForeseen extends Error {}
