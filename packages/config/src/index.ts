export { type Change, diffConfig } from './diff.ts';
export { type AppConfig, type Config, type Limits, type ParseOptions, type PoolConfig, parseConfig } from './parse.ts';
export { printDocs } from './print/docs.ts';
export { printJsonSchema } from './print/json-schema.ts';
export { formatProblem, type Problem, problemsOf } from './problem.ts';
export { type Binding, bindingKey, parseBinding } from './schema/binding.ts';
export { formatDuration, parseDuration } from './schema/duration.ts';
export type { EnvironmentValue } from './schema/environment.ts';
export { formatSize, parseSize } from './schema/size.ts';
