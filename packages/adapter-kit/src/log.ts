/** Where an adapter says what an operator should know. */
export interface AdapterLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}
