export { createLogger, type DestinationStream, type Logger, type LogOptions } from './log.ts';
